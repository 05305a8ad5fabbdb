"""What is kept of activities: what is published, by whom, and whom to ask. Who comes is kept elsewhere (`registrations`)."""

from engage.base.declared import Holding, Purpose

HOLDINGS = (
    Holding(
        "activity",
        plain="id public_id key slug organisation_id initiative_id kind state sign_up audiences for_whom arenas "
        "spoken_languages dimensions sdgs key_features price price_notes accessibility place_id online_url capacity picture_id "
        "picture_alt version "
        "submitted_at sent_back_at published_at called_off_at created_at updated_at sign_up_opens_at sign_up_closes_before "
        "cancel_before waiting_list waiting_mode waiting_most offer_hours approval approval_holds_seat approves_edits "
        "least_participants age_from age_to party asked_of_each group_least group_most join_until asks_when_waiting "
        "asks_whom",
        personal={Purpose.ORGANISATION: "contact_email contact_phone created_by_id updated_by_id review_words"},
    ),
    Holding("activity_text", plain="activity_id language title summary body search"),
    Holding(
        "occurrence",
        plain="id public_id activity_id place_id online_url starts_at ends_at zone state series_id series_day overrides titles "
        "sequence called_off_at updated_at",
    ),
    Holding(
        "removed_date",
        plain="id public_id activity_id organisation_id titles starts_at ends_at zone sequence removed_at",
    ),
    Holding("pool", plain="id occurrence_id role_id course_id capacity reserved occupied unverified waiting"),
    Holding(
        "series",
        plain="id public_id activity_id first_day rule days excluded begins ends nights zone place_id online_url capacity "
        "created_at",
    ),
    Holding(
        "shift_role", plain="id public_id activity_id position names texts vetting begins ends capacity removed_at"
    ),
    Holding(
        "sign_up_question",
        plain="id public_id activity_id position kind labels hints options required shown_when removed_at",
    ),
    Holding("place", plain="id public_id key name street postal_code town latitude longitude accessibility"),
    Holding(
        "picture",
        plain="id public_id organisation_id large large_hash small small_hash width height created_at",
    ),
    Holding(
        "import_source",
        plain="id public_id organisation_id mapping language sign_up audiences then feed every_hours etag last_modified next_at "
        "checked_at failures problem created_at",
        # A calendar's address may be a secret of whoever keeps the calendar.
        personal={Purpose.IMPORT: "name url created_by_id"},
    ),
    Holding(
        "import_run",
        plain="id public_id source_id state format first_at counts undone created_at asked_at takes_goals applied_at undone_at",
        # Whatever stands in a file somebody brings, such as whom to ask.
        personal={Purpose.IMPORT: "by_id asked_by_id filename content lists columns rows notes"},
    ),
    Holding("import_progress", plain="run_id done total stopped failed moved_at"),
    Holding(
        "import_item",
        plain="id source_id external_id recurrence_id activity_id occurrence_id dated run_id",
        personal={Purpose.IMPORT: "told"},
    ),
)
