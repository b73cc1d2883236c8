"""Sentences that scripts say on a dashboard, in the reader's language."""

from django.utils.translation import gettext as _

from apps.dashboards.queries import COMPARE_WORDS, GRAIN_WORDS


def for_scripts() -> dict[str, object]:
    """name -> sentence; {name} stands for what the script fills in."""
    return {
        "grains": {name: str(words) for name, words in GRAIN_WORDS.items()},
        "compare": {name: str(words) for name, words in COMPARE_WORDS.items()},
        "live": _("Live"),
        "late": _("Late"),
        "reconnecting": _("Reconnecting"),
        "offline": _("Offline"),
        "paused": _("Paused"),
        "all": _("All"),
        "remove": _("Remove this filter"),
        "data_up_to": _("Data up to {time}"),
        "old": _("{age} old"),
        "record": _("forecast off by {error} in back-tests; seasonal naive {naive}"),
        "rows_cut": _("first {n} rows"),
        "empty_title": _("No data in this range."),
        "empty_range": _("This dataset has rows from {from} to {to}."),
        "empty_range_link": _("Show that range"),
        "empty_filtered": _("The filters leave no rows."),
        "empty_clear": _("Clear the filters"),
        "empty_none": _("No data has arrived in this dataset yet."),
        "empty_live": _("Rows appear here as soon as they arrive."),
        "partial": _("Not all of it could be loaded ({names})."),
        "questions": {
            "previous": _("the comparison"),
            "trend": _("the course"),
            "total": _("the total"),
        },
        "error_title": _("This card could not be loaded."),
        "error_network": _("The server does not answer. What you see is the last that arrived."),
        "error_next": _("It is tried again in {n} s."),
        "retry": _("Try now"),
        "signed_out": _("You were signed out."),
        "copied": _("Copied."),
        "saved": _("Saved"),
        "saving": _("Not saved yet"),
        "save_failed": _("Not saved. It is tried again."),
        "conflict": _("Somebody else saved this dashboard meanwhile."),
        "removed": _("“{title}” was removed."),
        "undo": _("Undo"),
        "mark_only": _("Only {name}"),
        "mark_drill": _("Drill down to {name}"),
        "mark_through": _("Open {name}"),
        "mark_outside": _("Open at {name}"),
        "mark_rows": _("See the rows"),
        "mark_rows_of": _("Rows of {name}"),
        "mark_more": _("Show more"),
        "mark_first": _("The first {n} rows"),
        "mark_count": _("{n} rows"),
        "mark_path": _("Drilled into"),
        "range_recent": _("Recent"),
        "section_open": _("Show the cards of this section"),
        "section_close": _("Hide the cards of this section"),
        "first_card": _("Add the first card"),
        "preview_empty": _("The preview appears once the fields make a question."),
    }
