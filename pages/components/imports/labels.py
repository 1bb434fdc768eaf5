"""The words for formats, fields, scales and encodings."""

from __future__ import annotations

from typing import Final

FIELDS: Final = {"message": "Message", "user_id": "Person", "sentiment": "Rating", "tag": "Tag", "source": "Source"}
"""Field → its label, in the order of the page."""

FORMATS: Final = {
    "loop-csv": "This dashboard's export",
    "loop-json": "This dashboard's export (JSON)",
    "google-play-console": "Google Play Console reviews",
    "app-store-connect-api": "App Store Connect reviews",
    "itunes-rss-json": "App Store reviews (RSS feed)",
    "qualtrics": "Qualtrics",
    "surveymonkey": "SurveyMonkey",
    "typeform": "Typeform",
    "ms-forms": "Microsoft Forms",
    "google-forms": "Google Forms",
    "formbricks": "Formbricks",
    "limesurvey-vv": "LimeSurvey VV",
    "limesurvey-csv": "LimeSurvey CSV",
    "delighted-api": "Delighted",
    "fider": "Fider",
    "quackback": "Quackback",
    "line-abc": "LINE ABC User Feedback",
    "uservoice-full": "UserVoice, full export",
    "uservoice-analysis": "UserVoice, analysis export",
    "jira": "Jira",
    "chatwoot-csat": "Chatwoot CSAT report",
    "zendesk-tickets": "Zendesk tickets",
    "discourse-user-archive": "Discourse user archive",
    "sentry-user-feedback": "Sentry user feedback",
    "generic": "Other table",
}
"""Format → its label, in the order of the page."""

SCALES: Final = {
    "stars-5": "Stars, 1 to 5",
    "nps": "0 to 10 (NPS)",
    "nps-groups": "Detractor, passive, promoter",
    "satisfaction-words": "Dissatisfied to satisfied",
    "good-bad": "Good and bad",
    "words": "Negative, neutral, positive",
    "loop": "Sentiments of Loop",
}
"""Scale of ratings → its label."""

ENCODINGS: Final = {
    "utf-8": "UTF-8",
    "cp1252": "Western European (Windows-1252)",
    "cp1250": "Central European (Windows-1250)",
    "cp1251": "Cyrillic (Windows-1251)",
    "cp1253": "Greek (Windows-1253)",
    "cp1254": "Turkish (Windows-1254)",
    "iso8859-15": "Western European (ISO 8859-15)",
    "mac-roman": "Western European (old Macintosh)",
    "shift_jis": "Japanese (Shift JIS)",
    "gb18030": "Chinese (GB 18030)",
    "utf-16-le": "UTF-16",
}
"""Encoding → its label."""

NO_SENTIMENT: Final = "No sentiment"
