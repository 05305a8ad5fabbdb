"""What is kept of the goals: nothing of anybody."""

from engage.base.declared import Holding

HOLDINGS = (
    Holding("dimension", plain="id position names examples"),
    Holding("initiative", plain="id key names texts url"),
    Holding("key_feature_area", plain="id code position part titles"),
    Holding("focal_point", plain="id code position area_id titles"),
    Holding(
        "key_feature",
        plain="id code position focal_point_id dimension_id short_titles titles sdgs verified details",
    ),
    Holding("sdg", plain="number titles colour text_colour primary_dimension_id other_dimension_ids"),
    Holding("reference_version", plain="name version loaded_at"),
)
