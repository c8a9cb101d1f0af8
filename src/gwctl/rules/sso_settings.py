"""Single sign-on. Its rules are those of all settings that have a row of their own."""

from gwctl.rules.own_settings import delete
from gwctl.rules.own_settings import judge as create
from gwctl.rules.own_settings import judge as update

__all__ = ["create", "delete", "update"]
