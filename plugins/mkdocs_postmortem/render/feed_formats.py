"""The formats of feeds: Atom, RSS and JSON Feed, of the same entries."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import feedgenerator  # type: ignore[import-untyped]
from markupsafe import escape

from mkdocs_postmortem import computed
from mkdocs_postmortem.publication import Publication

if TYPE_CHECKING:
    from mkdocs_postmortem.render.feeds import Entry, Feed

# When a feed without entries was last updated.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def files(
    feed: Feed, entries: Sequence[Entry], base: str, publication: Publication
) -> dict[str, bytes]:
    """`feed` with its `entries` in each format, by the names of files below the address `base`."""
    languages = {entry.language for entry in entries}
    # Where entries differ each says its own; what is around them is English.
    language = languages.pop() if len(languages) == 1 else "en"
    as_json = _json_feed(feed, f"{base}feed.json", language, entries, publication)
    return {
        "feed.xml": _xml(_Atom, feed, f"{base}feed.xml", language, entries, publication),
        "feed.rss": _xml(_Rss, feed, f"{base}feed.rss", language, entries, publication),
        "feed.json": (json.dumps(as_json, ensure_ascii=False, indent=1) + "\n").encode(),
    }


class _Atom(feedgenerator.Atom1Feed):  # type: ignore[misc]
    """Atom whose entries say their language, and whose date never is the clock's."""

    def latest_post_date(self) -> datetime:
        return _latest(self.items)

    def item_attributes(self, item: Mapping[str, Any]) -> dict[str, str]:
        return {"xml:lang": item["language"]}


class _Rss(feedgenerator.Rss201rev2Feed):  # type: ignore[misc]
    """RSS with the whole text and the date of the last change, which the format itself lacks."""

    def latest_post_date(self) -> datetime:
        return _latest(self.items)

    def rss_attributes(self) -> dict[str, str]:
        namespace = "http://purl.org/rss/1.0/modules/content/"
        return {**super().rss_attributes(), "xmlns:content": namespace}

    def add_item_elements(self, handler: Any, item: Mapping[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("atom:updated", computed.instant(item["updateddate"]))
        if item["content"] is not None:
            handler.addQuickElement("content:encoded", item["content"])


def _latest(items: Sequence[Mapping[str, Any]]) -> datetime:
    return max((item["updateddate"] for item in items), default=NEVER)


def _xml(
    kind: type[_Atom] | type[_Rss],
    feed: Feed,
    url: str,
    language: str,
    entries: Sequence[Entry],
    publication: Publication,
) -> bytes:
    made = kind(
        title=feed.title,
        link=feed.home,
        description=feed.description,
        language=language,
        author_name=publication.site_name,
        feed_url=url,
        feed_guid=feed.id,
    )
    for entry in entries:
        made.add_item(
            title=entry.title,
            link=entry.url,
            # Both formats read it as HTML.
            description=str(escape(entry.summary)) if entry.summary else None,
            content=entry.content,
            pubdate=entry.published,
            updateddate=entry.updated,
            unique_id=entry.id,
            unique_id_is_permalink=False,
            categories=entry.tags,
            language=entry.language,
        )
    text: str = made.writeString("utf-8")
    return f"{text}\n".encode()


def _json_feed(
    feed: Feed, url: str, language: str, entries: Sequence[Entry], publication: Publication
) -> dict[str, Any]:
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": url,
        "description": feed.description,
        "language": language,
        "authors": [{"name": publication.site_name, "url": publication.site_url}],
        "items": [dict(_json_item(entry)) for entry in entries],
    }


def _json_item(entry: Entry) -> Iterator[tuple[str, Any]]:
    yield "id", entry.id
    yield "url", entry.url
    yield "title", entry.title
    if entry.content is None:
        yield "content_text", entry.summary
    else:
        yield "content_html", entry.content
        if entry.summary:
            yield "summary", entry.summary
    yield "date_published", computed.instant(entry.published)
    yield "date_modified", computed.instant(entry.updated)
    if entry.tags:
        yield "tags", list(entry.tags)
    yield "language", entry.language
