// A calendar program in small: reads calendar files with ical.js, and says what it has understood.
// In: {"name": "BEGIN:VCALENDAR..."} as JSON. Out: {"name": {method, name, events: [...]}} as JSON.
import ICAL from "ical.js";

const files = JSON.parse(await new Response(process.stdin).text());

function time(property) {
  if (!property) return null;
  const value = property.getFirstValue();
  return {
    local: value.toString(),
    zone: value.zone.tzid,
    known: value.zone !== ICAL.Timezone.localTimezone,
    unix: value.toUnixTime(),
  };
}

function parties(component, name) {
  return component.getAllProperties(name).map((each) => ({
    address: each.getFirstValue(),
    cn: each.getParameter("cn") ?? "",
    rsvp: each.getParameter("rsvp") ?? "",
    partstat: each.getParameter("partstat") ?? "",
  }));
}

function event(component) {
  const of = (name) => component.getFirstPropertyValue(name);
  return {
    uid: of("uid"),
    sequence: of("sequence"),
    status: of("status"),
    summary: of("summary"),
    description: of("description") ?? "",
    location: of("location") ?? "",
    url: of("url") ?? "",
    transp: of("transp") ?? "",
    stamp: of("dtstamp").toUnixTime(),
    modified: of("last-modified").toUnixTime(),
    start: time(component.getFirstProperty("dtstart")),
    end: time(component.getFirstProperty("dtend")),
    recurs: new ICAL.Event(component).isRecurring(),
    alarms: component.getAllSubcomponents("valarm").length,
    organizer: parties(component, "organizer"),
    attendees: parties(component, "attendee"),
  };
}

const understood = {};
for (const [name, text] of Object.entries(files)) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  understood[name] = {
    method: calendar.getFirstPropertyValue("method"),
    name: calendar.getFirstPropertyValue("name"),
    refresh: String(calendar.getFirstPropertyValue("refresh-interval")),
    ttl: calendar.getFirstPropertyValue("x-published-ttl"),
    zones: calendar.getAllSubcomponents("vtimezone").map((each) => each.getFirstPropertyValue("tzid")),
    events: calendar.getAllSubcomponents("vevent").map(event),
  };
}
process.stdout.write(JSON.stringify(understood));
