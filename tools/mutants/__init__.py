"""Mutation testing: makes small mistakes in the rules, one at a time, and sees whether a test notices.

``python -m tools.mutants``; see CONTRIBUTING.rst. One process imports everything, collects the tests and sets up the site once; it forks
for each mutant, and the fork swaps the code of functions that are already there. mutmut and cosmic-ray are not used: each comes with a run
of its own, which would start Plone for every mutant, and the operators, which are what could be shared, are the smaller part.
"""
