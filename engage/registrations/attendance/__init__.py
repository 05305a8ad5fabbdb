"""Who came: checking people in at the door, with or without a connection, and what follows from it."""

from engage.registrations.attendance import door_links, lists
from engage.registrations.attendance.answers import Answer, Code, Look, icon_of, look_of, words_of
from engage.registrations.attendance.checking import Keeper, Scan, check_in, mark_absent, undo, window
from engage.registrations.attendance.door_links import DoorShut, LinkState
from engage.registrations.attendance.hours import HoursNotPossible, NotMarked, correct, of_registrations
from engage.registrations.attendance.models import Attendance, CheckIn, DoorLink, Noted, Way
from engage.registrations.attendance.reading import scan_of
from engage.registrations.attendance.walking_in import NoRoomAtTheDoor, walk_in

__all__ = [
    "Answer",
    "Attendance",
    "CheckIn",
    "Code",
    "DoorLink",
    "DoorShut",
    "HoursNotPossible",
    "Keeper",
    "LinkState",
    "Look",
    "NoRoomAtTheDoor",
    "NotMarked",
    "Noted",
    "Scan",
    "Way",
    "check_in",
    "correct",
    "door_links",
    "icon_of",
    "lists",
    "look_of",
    "mark_absent",
    "of_registrations",
    "scan_of",
    "undo",
    "walk_in",
    "window",
    "words_of",
]  # fmt: skip
