"""The statements that make people and what they did, each all of it at once. Numbers are chosen to be believable, no more:
eight of ten sign-ups keep their place, one of ten of those does not come, one of seven who came says how it was.
"""

# What is neither of the demo city's guests nor of nobody is somebody's; and once is enough.
USED = """
SELECT EXISTS (SELECT FROM registration WHERE email IS NULL OR email !~ '^gaest[0-9]+@example\\.org$')
    OR EXISTS (SELECT FROM activity WHERE key LIKE :mark)
"""

_PEOPLE = """
INSERT INTO person (language, wishes, created_at, seen_at)
SELECT (ARRAY['da', 'da', 'da', 'da', 'en', 'de'])[1 + (number * 7919) % 6], '{"reminders": ["day"]}', :now,
       :now - make_interval(days => (number * 31) % 300)
  FROM generate_series(0, :inhabitants - 1) AS number
"""
_NUMBERED = """
CREATE TEMP TABLE inhabitant ON COMMIT DROP AS
SELECT id, (row_number() OVER (ORDER BY id) - 1)::integer AS number FROM person ORDER BY id DESC LIMIT :inhabitants
"""
_RENUMBERED = "UPDATE inhabitant SET number = number - (SELECT min(number) FROM inhabitant AS all_of_them)"
_INDEXED = "CREATE INDEX ON inhabitant (number)"
_ADDRESSES = """
INSERT INTO address (person_id, channel, identifier, verified_at)
SELECT id, 'email', 'borger' || number || '@stor-by.example', :now FROM inhabitant
"""

# How many sign up for each date: shares of the whole, with what rounding leaves given to the most wanted.
_CROWD = """
CREATE TEMP TABLE crowd ON COMMIT DROP AS
WITH share AS (
  SELECT wanted.*, floor(:registrations * weight / sum(weight) OVER ())::integer AS least,
         rank() OVER (ORDER BY weight DESC, occurrence_id) AS place
    FROM wanted WHERE weight > 0
), rest AS (SELECT (:registrations - sum(least))::integer AS count FROM share)
SELECT occurrence.id AS occurrence_id, occurrence.activity_id, coalesce(course.id, own.id) AS pool_id,
       course.id IS NOT NULL AS course, occurrence.starts_at, occurrence.ends_at, occurrence.state, activity.kind, share.asks,
       CASE WHEN course.id IS NULL THEN own.capacity
            ELSE (SELECT min(pool.capacity) FROM occurrence AS other JOIN pool ON pool.occurrence_id = other.id
                   WHERE other.activity_id = occurrence.activity_id) END AS capacity,
       share.least + rest.count / (SELECT count(*) FROM share)::integer
         + (share.place <= rest.count % (SELECT count(*) FROM share))::integer AS size
  FROM share CROSS JOIN rest JOIN occurrence ON occurrence.id = share.occurrence_id
  JOIN activity ON activity.id = occurrence.activity_id
  JOIN pool AS own ON own.occurrence_id = occurrence.id AND own.role_id IS NULL
  LEFT JOIN pool AS course ON course.course_id = activity.id
"""

# Who signs up for a date is drawn without drawing anybody twice: steps of a prime through all, or through the keenest fifth.
_DRAWN = """
CREATE TEMP TABLE drawn ON COMMIT DROP AS
SELECT crowd.*, nth,
       ((occurrence_id::bigint * 1000003 + nth::bigint * 104729)
         % CASE WHEN occurrence_id % 5 < 3 AND size < :inhabitants / 5 THEN :inhabitants / 5
                ELSE :inhabitants END)::integer AS who,
       random() AS luck, random() AS other,
       (ARRAY[1, 1, 1, 1, 1, 1, 1, 2, 2, 4])[1 + floor(random() * 10)::integer]::smallint AS seats,
       least(starts_at, :now) - make_interval(mins => 120 + floor(60 * 24 * 45 * random() ^ 2)::integer) AS joined_at
  FROM crowd CROSS JOIN LATERAL generate_series(1, crowd.size) AS nth
"""

# Places go to who came first, as far as they reach; some gave theirs up, some were turned down.
_FATES = """
CREATE TEMP TABLE fate ON COMMIT DROP AS
WITH seated AS (
  SELECT drawn.*, sum(CASE WHEN luck < 0.82 THEN seats ELSE 0 END)
           OVER (PARTITION BY occurrence_id ORDER BY joined_at, nth ROWS UNBOUNDED PRECEDING) AS so_far
    FROM drawn
), told AS (
  SELECT seated.*, CASE
           WHEN state = 'cancelled' AND luck < 0.93 THEN 'cancelled_with_event'
           WHEN luck < 0.82 AND (capacity IS NULL OR so_far <= capacity) THEN 'confirmed'
           WHEN luck < 0.82 THEN 'waiting'
           WHEN luck < 0.94 THEN 'cancelled_by_person'
           WHEN luck < 0.955 THEN 'cancelled_by_staff'
           WHEN luck < 0.97 THEN 'declined'
           WHEN luck < 0.985 THEN 'offer_expired'
           ELSE 'offer_declined' END AS became
    FROM seated
), changed AS (
  SELECT told.*, became = 'confirmed' OR (became IN ('cancelled_by_person', 'cancelled_by_staff') AND other < 0.85)
                   OR became = 'cancelled_with_event' AS had_place,
         CASE WHEN became IN ('confirmed', 'waiting') THEN joined_at
              ELSE least(:now, joined_at + (starts_at - joined_at) * other) END AS changed_at,
         extract(year FROM starts_at AT TIME ZONE :zone) AS of_year
    FROM told
)
SELECT nextval(pg_get_serial_sequence('registration', 'id'))::integer AS id, changed.*,
       CASE WHEN had_place THEN 'confirmed' WHEN became = 'declined' THEN 'pending_approval' ELSE 'waiting' END AS began,
       became = 'confirmed' AND row_number() OVER (PARTITION BY who, became = 'confirmed' ORDER BY joined_at, nth) = 1 AS is_new,
       became = 'confirmed'
         AND row_number() OVER (PARTITION BY who, became = 'confirmed', of_year ORDER BY joined_at, nth) = 1 AS first_of_year,
       ends_at > :kept_since AND became IN ('confirmed', 'waiting', 'cancelled_with_event') AS known
  FROM changed
"""

# Who they are is let go of when the date is long over, as the worker would have done.
_SIGN_UPS = """
INSERT INTO registration (id, public_id, pool_id, occurrence_id, person_id, state, seats, name, email, language, channel,
                          joined_at, verified_at, changed_at, placed_at, is_new, first_this_year, age_band, area)
SELECT fate.id, 'L' || lpad(to_hex(fate.id), 11, '0'), pool_id, occurrence_id, CASE WHEN known THEN inhabitant.id END, became,
       seats, CASE WHEN known THEN 'Borger ' || who END, CASE WHEN known THEN 'borger' || who || '@stor-by.example' END, 'da',
       CASE WHEN other < 0.62 THEN 'web' WHEN other < 0.80 THEN 'telegram' WHEN other < 0.90 THEN 'webchat' ELSE 'desk' END,
       joined_at, joined_at, changed_at, CASE WHEN had_place THEN joined_at END,
       CASE WHEN became = 'confirmed' THEN is_new END, CASE WHEN became = 'confirmed' THEN first_of_year END,
       CASE WHEN NOT asks THEN '' WHEN who % 12 = 0 THEN 'unsaid'
            ELSE (CAST(:bands AS text[]))[1 + who % cardinality(CAST(:bands AS text[]))] END,
       CASE WHEN NOT asks OR CAST(:areas AS text[]) = '{}' THEN '' WHEN who % 15 = 0 THEN 'unsaid'
            ELSE (CAST(:areas AS text[]))[1 + (who / 7) % cardinality(CAST(:areas AS text[]))] END
  FROM fate LEFT JOIN inhabitant ON inhabitant.number = fate.who
"""
_STEPS_TAKEN = """
INSERT INTO registration_step (registration_id, pool_id, before, state, seats, at)
SELECT id, pool_id, NULL, began, seats, joined_at FROM fate
UNION ALL
SELECT id, pool_id, began, became, seats, changed_at FROM fate WHERE became <> began
"""

# On most dates somebody stood at the door. A course has its door on each date.
_CAME = """
INSERT INTO attendance (registration_id, occurrence_id, seats, first_in_at, minutes, marked_at)
SELECT fate.id, held.id, came.seats, CASE WHEN came.seats > 0 THEN held.starts_at END,
       CASE WHEN fate.kind = 'volunteer' THEN came.seats * extract(epoch FROM held.ends_at - held.starts_at) / 60 END,
       held.ends_at
  FROM (
    SELECT fate.id, fate.occurrence_id AS held_id FROM fate WHERE NOT fate.course
    UNION ALL
    SELECT fate.id, occurrence.id FROM fate JOIN occurrence USING (activity_id)
     WHERE fate.course AND occurrence.starts_at >= fate.starts_at) AS expected
  JOIN fate USING (id) JOIN occurrence AS held ON held.id = expected.held_id
  CROSS JOIN LATERAL (
    SELECT (fate.id::bigint * 48271 + held.id) % 100 AS luck) AS drawn
  CROSS JOIN LATERAL (
    SELECT CASE WHEN drawn.luck < 10 THEN 0 WHEN drawn.luck < 16 AND fate.seats > 1 THEN fate.seats - 1
                ELSE fate.seats END::smallint AS seats) AS came
 WHERE fate.became = 'confirmed' AND held.state = 'scheduled' AND held.ends_at < :now AND held.id % 7 <> 0 AND drawn.luck < 97
"""
_SAID = """
INSERT INTO feedback (public_id, occurrence_id, registration_id, rating, deeds, dimensions, sdgs, given_at, changed_at, pledged)
SELECT 'L' || lpad(to_hex(fate.id), 11, '0'), occurrence_id, CASE WHEN known THEN fate.id END,
       (ARRAY[5, 5, 5, 5, 4, 4, 4, 3, 2, 1])[1 + (fate.id * 13) % 10], said.deeds, activity.dimensions, activity.sdgs,
       fate.ends_at, fate.ends_at, said.deeds <> '{}'
  FROM fate JOIN activity ON activity.id = fate.activity_id
  CROSS JOIN LATERAL (SELECT CASE fate.id % 6 WHEN 0 THEN '{tell}' WHEN 1 THEN '{home,again}' WHEN 2 THEN '{again}'
                                              WHEN 3 THEN '{learn}' ELSE '{}' END::text[] AS deeds) AS said
 WHERE became = 'confirmed' AND fate.ends_at < :now AND (fate.id::bigint * 69621) % 7 = 0
"""
_SEATS_OF_DATES = """
WITH own AS (
  SELECT pool_id, sum((seats_of(state, seats, offered_seats, holds_seat, verified_at))[1]) AS occupied,
         sum((seats_of(state, seats, offered_seats, holds_seat, verified_at))[3]) AS waiting
    FROM registration GROUP BY pool_id
)
UPDATE pool SET occupied = own.occupied, waiting = own.waiting FROM own WHERE own.pool_id = pool.id
"""
_SEATS_OF_COURSES = """
UPDATE pool SET occupied = course.occupied, waiting = course.waiting
  FROM occurrence JOIN pool AS course ON course.course_id = occurrence.activity_id
 WHERE pool.occurrence_id = occurrence.id AND pool.role_id IS NULL
"""

# What is made, with what is said of it; nothing is said of the steps between.
STEPS = (
    ("", "SELECT setseed(0.41742)"),
    ("", "ANALYZE occurrence, activity, pool"),
    ("people", _PEOPLE),
    ("", _NUMBERED),
    ("", _RENUMBERED),
    ("", _INDEXED),
    ("addresses", _ADDRESSES),
    ("", _CROWD),
    ("", "ANALYZE crowd"),
    ("", _DRAWN),
    ("fates", _FATES),
    ("", "ANALYZE fate"),
    ("sign-ups", _SIGN_UPS),
    ("steps of sign-ups", _STEPS_TAKEN),
    ("who came", _CAME),
    ("answers to how it was", _SAID),
    ("", "ANALYZE registration"),
    ("", "ANALYZE attendance"),
    ("", _SEATS_OF_DATES),
    ("pools of courses", _SEATS_OF_COURSES),
)
