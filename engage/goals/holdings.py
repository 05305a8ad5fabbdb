"""What is kept of the goals: nothing of anybody."""

from engage.base.declared import Holding

HOLDINGS = (
    Holding("dimension", plain="id position names examples"),
    Holding("initiative", plain="id key names texts url"),
    Holding("key_feature_area", plain="id code position part titles"),
    Holding("focal_point", plain="id code position area_id titles"),
    Holding(
        "key_feature",
        plain="id code position focal_point_id dimension_id short_titles titles sdgs verified verified_at corrected_at details",
    ),
    Holding("sdg", plain="number titles colour text_colour primary_dimension_id other_dimension_ids"),
    Holding("chosen_feature", plain="id year key_feature_id aim chosen_at"),
    Holding(
        "indicator",
        plain="id public_id key_feature_id names units definition better baseline_value baseline_on baseline_source "
        "target_value target_on version made_at retired_at",
    ),
    Holding(
        "measurement",
        plain="id public_id indicator_id value measured_on source note entered_at struck_at struck_reason",
    ),
    Holding("reference_version", plain="name version loaded_at"),
)
