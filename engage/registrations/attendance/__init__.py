"""Who came: checking people in at the door, with or without a connection, and what follows from it."""

from engage.registrations.attendance.answers import Answer, Code, Look, icon_of, look_of, words_of
from engage.registrations.attendance.checking import Keeper, Scan, check_in, mark_absent, undo, window
from engage.registrations.attendance.hours import HoursNotPossible, NotMarked, correct
from engage.registrations.attendance.models import Attendance, CheckIn, DoorLink, Noted, Way
from engage.registrations.attendance.walking_in import NoRoomAtTheDoor, walk_in

__all__ = [
    "Answer",
    "Attendance",
    "CheckIn",
    "Code",
    "DoorLink",
    "HoursNotPossible",
    "Keeper",
    "Look",
    "NoRoomAtTheDoor",
    "NotMarked",
    "Noted",
    "Scan",
    "Way",
    "check_in",
    "correct",
    "icon_of",
    "look_of",
    "mark_absent",
    "undo",
    "walk_in",
    "window",
    "words_of",
]  # fmt: skip
