"""Words that say more than they seem to: a direction, a comparison, a cause, a judgement."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


UP = _words(
    "rose rise rises rising risen up increase increases increased increasing grew grow grows "
    "growing grown growth gain gains gained gaining climb climbs climbed climbing higher more "
    "jump jumped surge surged above exceed exceeds exceeded exceeding upward upwards"
)
DOWN = _words(
    "fell fall falls falling fallen down decrease decreases decreased decreasing decline declines "
    "declined declining drop drops dropped dropping shrank shrink shrinking loss lose lost losing "
    "lower less fewer slump slumped plunged below under downward downwards"
)
HIGH = _words("highest largest biggest peak maximum")
LOW = _words("lowest smallest trough minimum")
UNSAID = _words(  # words for which no claim can stand
    "because due owing caused causes thanks reason therefore hence driven despite not never no "
    "without improved improving worsened worsening better worse best worst good bad great terrible "
    "alarming nearly almost roughly least most doubled double halved half tripled triple twice "
    "dozen dozens hundred hundreds thousands millions third fifth two three four five six seven "
    "eight nine ten eleven twelve twenty thirty forty fifty sixty seventy eighty ninety zero all "
    "every always will should must fine stable ignore instructions"
)
STARTERS = _words(
    "the in on over at by from for during after before since with compared it its this that these "
    "overall look looking about between against nothing when where and"
)
