"""The sandbox group: call in -> service -> result out. Importing it declares all of it."""

from commands.sandbox.handlers import access, basics, doctor, life, seeing, templates
from commands.sandbox.handlers.group import GROUP

__all__ = ["GROUP", "access", "basics", "doctor", "life", "seeing", "templates"]
