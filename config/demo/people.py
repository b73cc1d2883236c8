"""One person per role, and the account that feeds the live stream. Passwords are made once."""

import json
import os
import secrets
from pathlib import Path

from django.conf import settings

from apps.accounts import services
from apps.accounts.models import User, Workspace

PEOPLE = {  # e-mail -> name, role, attributes
    "ada@sightline.example": ("Ada Admin", "admin", {}),
    "ann@sightline.example": ("Ann Analyst", "analyst", {}),
    "ed@sightline.example": ("Ed Editor", "editor", {}),
    "vera@sightline.example": ("Vera Viewer", "viewer", {"region": ["West"]}),
}
FEEDER = "feeder@sightline.example"


def make(workspace: Workspace) -> dict[str, User]:
    """The demo people by e-mail, with the passwords that var/demo.json names."""
    kept = _kept()
    found = {}
    for email, (name, role, attributes) in PEOPLE.items():
        fields: dict[str, object] = {"name": name, "attributes": attributes}
        if role == "admin":
            fields |= {"is_staff": True, "is_superuser": True}
        found[email] = _user(email, kept[email], fields)
        services.set_role(found[email], workspace, role)
    found[FEEDER] = _user(FEEDER, kept[FEEDER], {"name": "Flight feeder"})
    services.set_role(found[FEEDER], workspace, "viewer")
    return found


def _user(email: str, password: str, fields: dict[str, object]) -> User:
    user = User.objects.filter(email=email).first() or User(email=email)
    for field, value in fields.items():
        setattr(user, field, value)
    if not user.check_password(password):
        user.set_password(password)
    user.save()
    return user


def _kept() -> dict[str, str]:
    """Passwords by e-mail, read from var/demo.json or made and written there."""
    path = Path(settings.VAR) / "demo.json"
    if path.is_file():
        data = json.loads(path.read_text())
        known = {person["email"]: person["password"] for person in data["users"]}
        return known | {FEEDER: data["feeder"]["password"]}
    made = {email: secrets.token_urlsafe(9) for email in (*PEOPLE, FEEDER)}
    users = [
        {"email": email, "password": made[email], "role": role}
        for email, (_name, role, _attributes) in PEOPLE.items()
    ]
    feeder = {"email": FEEDER, "password": made[FEEDER]}
    draft = path.with_suffix(".part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"users": users, "feeder": feeder}, file, indent=2)
    draft.rename(path)
    return made
