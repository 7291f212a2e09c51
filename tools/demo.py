"""What the demo site consists of, and the notice that says how to use it: ``python -m tools.demo 8080``."""

from typing import NamedTuple

import sys

SITE_ID = "Plone"
PASSWORD = "Demo-Secret-1"


class Member(NamedTuple):
    """A member of the demo site."""

    user_id: str
    full_name: str
    role: str


MEMBERS = (
    Member("anna", "Anna Arends", "Member"),
    Member("bert", "Bert Bakker", "Member"),
    Member("chris", "Chris Claus", "Member"),
    Member("edith", "Edith Evers", "Editor"),
    Member("sam", "Sam Smits", "Site Administrator"),
)


#: Settings that differ from those of a fresh installation.
SWITCHED_ON = {
    "channel_voice": True,
    "channel_email": True,
    "trust_days": 30,
    "access_page": True,
    "budget": 1000,
    "default_region": "NL",
}


def notice(port: str) -> str:
    """Return what somebody has to know who wants to try the demo site on ``port``."""
    site = f"http://localhost:{port}/{SITE_ID}"
    members = "\n".join(f"  {member.user_id:<6} {PASSWORD}   {member.role}" for member in MEMBERS)
    return f"""
The demo site: {site} (stop it with Ctrl-C)

Members, with their passwords:
{members}
  admin  admin           Manager of the Zope root: not asked for codes

Set up a phone   {site}/@@smsauth-setup
Texts            var/smsauth-outbox.jsonl, and for admin {site}/@@smsauth-outbox
E-mails          var/mail.jsonl
Settings         {site}/@@smsauth-controlpanel
Counters         {site}/@@smsauth-counters

Unlike in a fresh installation, voice calls (into the same file), codes by e-mail, trusted browsers and the code before a password
reset are switched on.
"""


if __name__ == "__main__":
    print(notice(sys.argv[1]), flush=True)
