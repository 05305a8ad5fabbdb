"""Check-in at the door, the same for two rooms: the organiser's, and that of helpers who have a link and no account."""

from engage.web.at_door.posts import Post, of_helper, of_organiser, way_in

__all__ = ["Post", "of_helper", "of_organiser", "way_in"]
