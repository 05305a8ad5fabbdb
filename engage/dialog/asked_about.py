"""Questions about one activity that is being looked at: what it costs, where and when it is, whether there is room.

Only what asks nothing else besides is read as one: each pattern is a whole message, with the small words people put around it,
so that "what does the bread course cost" stays a search. The three languages are read alike.
"""

import re
from enum import StrEnum, auto

from engage.dialog.answers import plain


class Topic(StrEnum):
    """What is asked."""

    PRICE = auto()
    PLACE = auto()
    TIME = auto()
    NEXT = auto()
    SEATS = auto()
    ACCESS = auto()
    LANGUAGE = auto()
    WHAT = auto()
    WHO = auto()
    OTHER = auto()  # what to bring, a dog, parking, coffee: the organiser knows


_BEFORE = (
    "og|men|hej|hov|vent|lige|ok|okay|øh|nå|forresten|hvad med|må jeg spørge|and|but|wait|hang on|so|oh|by the way"
    "|btw|sorry"
    "|just|one question|und|aber|warte|warte mal|moment|ach|übrigens|sag mal|eine frage|sorry"
)
_IT = "(?:det|den|dette|her|der|it|this|that|they|das|es|dies|dort|da)"
_WE = "(?:jeg|vi|man|du|hun|han|de|min \\w+|i|we|you|she|he|they|one|my \\w+|ich|wir|man|sie|er)"
_AFTER = (
    "egentlig|nu|så|her|der|det|den|henne|for os|for mig|at være med|at deltage|igen|mon|tak|please|then|there|again"
    "|actually"
    "|to join|to come|to take part|per person|each|pr person|pro person|denn|eigentlich|dort|da|bitte|mitzumachen"
    "|nochmal|også|auch|too"
)
_NUMBER = r"(?:en|et|to|tre|fire|fem|flere|\d+|one|two|three|four|five|more|einen|eine|zwei|drei|vier|fünf)"
_FOR = rf"(?:til|for|für) (?:(?:mig|os|me|us|mich|uns)(?: {_NUMBER})?|{_NUMBER})(?: (?:mere|til|more|mehr|of us|alle|all))?"
_ON = (
    r"(?:på|on|in|auf|for|bei) (?:den|det|the|der|dem|das)(?: (?:første|anden|tredje|sidste|first|second|third|last"
    r"|ersten?|zweiten?|dritten?|letzten?))?(?: one)?"
)
_WORDS: dict[Topic, str] = {
    Topic.NEXT: (
        rf"hvornår (?:er|kommer) (?:{_IT} )?(?:næste gang|igen)|hvornår er (?:den|det) næste(?: gang)?"
        r"|er der (?:andre|flere) (?:datoer|dage|tidspunkter)|hvilke andre (?:datoer|dage)"
        rf"|when is (?:{_IT} on again|the next (?:one|time|date))"
        rf"|are there (?:any )?(?:other|more) (?:dates|days|times)"
        r"|wann ist (?:das|es) (?:das nächste mal|wieder)|wann ist das nächste mal"
        r"|gibt es (?:noch )?(?:andere|weitere) (?:termine|tage)"
    ),
    Topic.PRICE: (
        rf"hvad? (?:koster|er prisen)(?: (?:på )?{_IT})?|hva koster(?: {_IT})?|hvor meget (?:koster|er)(?: {_IT})?"
        rf"|koster {_IT}(?: noget| penge)?|er {_IT} gratis|skal {_WE} betale(?: noget)?|hvad er prisen"
        rf"|how much (?:is|does|do) (?:{_IT}|the tickets?)(?: cost)?|what(?:s| is| does) (?:the price|{_IT} cost)"
        rf"|is {_IT} free(?: of charge)?"
        rf"|do {_WE} have to pay(?: anything)?|does {_IT} cost (?:anything|something|money)"
        rf"|(?:was|wie ?viel) kostet(?: {_IT}| die teilnahme)?|ist {_IT} (?:kostenlos|gratis|umsonst|kostenfrei)"
        rf"|kostet {_IT}(?: etwas| was)?"
        rf"|muss {_WE} (?:etwas |was )?(?:be)?zahlen"
    ),
    Topic.PLACE: (
        rf"hvor (?:er|foregår|bliver|holdes|ligger)(?: {_IT})?(?: holdt| henne| sted)?"
        rf"|hvor (?:skal|mødes|møder) {_WE}(?: (?:møde|mødes|hen|op|henne))*"
        rf"|hvad er adressen|hvilken adresse(?: er {_IT})?"
        rf"|hvordan kommer {_WE} (?:derhen|dertil|frem)(?: med (?:bus|bussen|tog|bil|cykel))?"
        rf"|where (?:is|are|does|do|will) (?:{_IT}|{_WE})(?: be)?(?: held| meet| take place| happening| happen| go)?"
        rf"|wheres {_IT}"
        rf"|what(?:s| is) the address|how (?:do|can) {_WE} get (?:there|to it)(?: by (?:bus|train|car|bike))?"
        rf"|wo (?:ist|findet|liegt) {_IT}(?: statt)?|wo (?:treffen|trifft|muss|müssen) {_WE}(?: uns| sich)?(?: hin)?"
        rf"|was ist die adresse|wie ist die adresse|wie komme(?:n)? {_WE} (?:da ?|dort ?)?hin(?: mit dem (?:bus|zug|auto))?"
    ),
    Topic.TIME: (
        rf"hvornår (?:er|begynder|starter|slutter) {_IT}(?: (?:nu|slut|færdig|forbi|det er))*"
        rf"|hvad tid(?: (?:er|begynder|slutter) {_IT})?"
        rf"|hvad dag er {_IT}|hvor længe (?:varer|tager) {_IT}|hvornår skal {_WE} (?:være der|møde|komme)"
        rf"|when (?:is|does) {_IT}(?: on| start| begin| end| finish| over)?"
        rf"|what (?:time|day) (?:is|does) {_IT}(?: start| begin| end| finish| over| on)?"
        rf"|how long (?:is|does) {_IT}(?: take| last)?|when should {_WE} (?:be there|arrive|come)"
        rf"|wann (?:ist|beginnt|startet|endet|fängt) {_IT}(?: an| zu ende| aus)?"
        rf"|um wie ?viel uhr(?: (?:ist|beginnt|endet) {_IT})?"
        rf"|wie lange (?:dauert|geht) {_IT}|wann (?:muss|müssen|soll|sollen) {_WE} (?:da|dort) sein"
    ),
    Topic.SEATS: (
        rf"er der (?:(?:stadig|stadigvæk|flere|ledige|nogle|nok) )*plads(?:er)?(?: tilbage| endnu)?(?: {_FOR})?(?: {_ON})?"
        rf"|hvor mange pladser er der(?: tilbage)?|er {_IT} (?:fuldt|udsolgt|fyldt)(?: booket)?|er der udsolgt"
        rf"|(?:is|are) there (?:(?:still|any|enough) )*(?:room|spaces?|places?|seats?|spots?)(?: left| free"
        rf"| available)?(?: {_FOR})?(?: {_ON})?"
        rf"|how many (?:places|seats|spots|spaces)(?: are)?(?: left| there| free)*"
        rf"|any (?:places|seats|spots|room)(?: left)?(?: {_FOR})?|is {_IT} full(?:y booked)?"
        rf"|(?:ist|sind|gibt es|habt ihr) (?:(?:noch|da|dort|genug|freie) )*(?:platz"
        rf"|plätze)(?: frei)?(?: {_FOR})?(?: frei)?(?: {_ON})?"
        rf"|kan {_WE} bare (?:møde op|komme|dukke op)|skal {_WE} (?:tilmelde (?:mig|sig|os)|være tilmeldt|booke)"
        rf"|can {_WE} just (?:come|turn up|show up|drop in)|do {_WE} (?:need|have) to (?:sign up|register|book)"
        rf"|kann {_WE} einfach (?:so )?(?:vorbei)?kommen|muss {_WE} (?:mich|sich|uns) anmelden"
        rf"|wie ?viele plätze (?:sind|gibt es)(?: noch)?(?: frei)?|ist {_IT} (?:schon )?(?:voll|ausgebucht)"
    ),
    Topic.WHAT: (
        rf"hvad (?:går|handler) {_IT} (?:ud på|om)|fortæl (?:mig )?(?:noget |lidt )?mere(?: om {_IT})?"
        rf"|hvad skal {_WE} (?:lave|gøre)|hvad laver {_WE}"
        rf"|what(?:s| is) {_IT} about|tell me more(?: about {_IT})?|what (?:do|would|will) {_WE} (?:have to )?do"
        rf"|worum geht {_IT}|(?:erzähl )?mehr (?:dazu|darüber)|was (?:muss|macht|machen) {_WE}(?: machen| tun)?"
    ),
    Topic.ACCESS: (
        rf"er (?:{_IT}|stedet) (?:handicapvenligt|tilgængeligt|kørestolsvenligt)"
        rf"|kan {_WE} komme ind (?:med|i) (?:kørestol|rollator|barnevogn)"
        rf"|er der (?:elevator|lift|rampe|adgang for kørestole?|handicaptoilet|teleslynge)"
        rf"|(?:må|kan) {_WE} have (?:barnevogn|rollator)\w* med"
        rf"|is (?:{_IT}|the place) (?:wheelchair )?(?:accessible|friendly)"
        rf"|is there (?:a |an )?(?:lift|elevator|ramp|hearing loop|wheelchair access|disabled toilet)"
        rf"|can {_WE} (?:come|get in) (?:with|in) a (?:wheelchair|pram|walker|stroller)"
        rf"|ist (?:{_IT}|der ort) (?:barrierefrei|rollstuhlgerecht)"
        rf"|gibt es (?:dort |da )?(?:einen aufzug|eine rampe|ein behinderten-?wc)"
    ),
    Topic.LANGUAGE: (
        rf"(?:hvilket sprog|på hvilket sprog)(?: er {_IT})?(?: på)?|er {_IT} på (?:dansk|engelsk|tysk)"
        rf"|(?:which|what) language is {_IT}(?: in)?"
        rf"|is {_IT} (?:held )?in (?:danish|english|german)|(?:in )?welche[rm]? sprache(?: ist {_IT})?"
        rf"|ist {_IT} auf (?:dänisch|englisch|deutsch)"
    ),
    Topic.WHO: (
        rf"hvem (?:holder|arrangerer|afholder|står bag|laver) {_IT}|hvem er arrangør(?:en)?"
        rf"|who (?:organi[sz]es|holds|runs|does) {_IT}"
        rf"|who is the organi[sz]er|wer (?:organisiert|veranstaltet|macht) {_IT}|wer ist der veranstalter"
    ),
    Topic.OTHER: (
        rf"(?:kan|må) {_WE} (?:godt |også )?(?:tage|have|medbringe) (?!mine? (?:børn|unger|familie|venner?)|en ven"
        rf"|nogen)[\w ]{{2,30}}?(?: med)?"
        rf"|(?:kan|må) {_WE} (?:godt |også )?komme (?:senere|for sent|forsinket|og gå|uden tilmelding|alene)"
        rf"|hvad skal {_WE} (?:have på|have med|tage på|tage med|medbringe|kunne|bruge)"
        rf"|skal {_WE} (?:tage|have|medbringe|kunne) [\w ]{{2,30}}"
        rf"|er der (?:parkering|parkeringsplads(?:er)?|toilet(?:ter)?|mad|kaffe|noget at spise|wifi|garderobe)"
        rf"|(?:hvor )?kan {_WE} parkere"
        rf"|er {_IT} (?:for |kun for )?(?:voksne|børn|begyndere|nybegyndere|alle|udendørs|indendørs|udenfor|indenfor"
        rf"|svært|hårdt)"
        rf"|jeg (?:bliver|kommer) (?:lidt )?(?:forsinket|for sent)|hvad hvis det (?:regner|sner)"
        rf"|(?:can|may) {_WE} (?:bring|take) (?!my (?:kids?|child|children|family|friends?)|a friend"
        rf"|friends)[\w ]{{2,30}}"
        rf"|(?:can|may) {_WE} (?:come|arrive|be) (?:a bit |a little )?(?:late|later|alone)"
        rf"|what (?:should|do|shall) {_WE} (?:need to )?(?:bring|wear|know)"
        rf"|do {_WE} (?:need|have) to (?:bring|know|wear) [\w ]{{2,30}}"
        rf"|is there (?:parking|food|coffee|a toilet|toilets|wifi|lunch)|(?:where )?can {_WE} park"
        rf"|is {_IT} (?:for |only for |suitable for )?(?:adults|kids|children|beginners|everyone|outdoors?|outside"
        rf"|indoors?|inside|difficult)"
        r"|(?:i|we)(?:ll| will| m| am|m)? (?:be |running )?late|what if it (?:rains|snows)"
        rf"|(?:kann|darf) {_WE} (?!mein\w* (?:kind\w*|familie|freund\w*))[\w ]{{2,30}} (?:mitbringen|mitnehmen)"
        rf"|was (?:soll|muss|sollen|müssen) {_WE} (?:mitbringen|anziehen|mitnehmen|können)"
        rf"|gibt es (?:dort|da) [\w ]{{2,30}}"
        rf"|(?:wo )?kann {_WE} (?:parken)"
        rf"|ist {_IT} (?:für |nur für )?(?:erwachsene|kinder|anfänger|alle|draußen|drinnen|schwer)"
        rf"|kann {_WE} (?:auch )?(?:später|zu spät|allein) kommen|ich komme (?:etwas )?(?:später|zu spät)"
        rf"|was ist,? wenn es regnet"
    ),
}  # fmt: skip
_READ = tuple(
    (topic, re.compile(rf"(?:(?:{_BEFORE}) )*(?:{words})(?: (?:{_AFTER}))*")) for topic, words in _WORDS.items()
)
_LONGEST = 12  # words; more are a sentence with something else in it


def asked(text: str) -> Topic | None:
    """What a message asks about the activity at hand, if it is nothing but such a question."""
    said = plain(text.replace("'", "").replace("’", ""))
    if not said or len(said.split()) > _LONGEST:
        return None
    return next((topic for topic, pattern in _READ if pattern.fullmatch(said)), None)
