"""plone.restapi services: the doors of REST, closed without a proof, and the twin of the control panel."""
