"""Templates that are compiled once and not at every build."""

from __future__ import annotations

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from mkdocs_postmortem.cache import Cache


class CompiledTemplates(BytecodeCache):
    """Compiled templates in memory and in a cache, which tells damaged and foreign ones apart.

    Jinja itself tells those of another source or another version. What it compiles also depends
    on the environment, above all on what that escapes: each environment has one of its own, by
    the name of what is `compiled_for`.
    """

    def __init__(self, compiled_for: str) -> None:
        self._compiled_for = compiled_for
        self.cache: Cache | None = None
        self._compiled: dict[str, bytes] = {}

    def forget(self) -> None:
        """Use the cache no more, as a copy of the process must not."""
        self.cache = None

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """What a template is known by."""
        return f"{self._compiled_for} {super().get_cache_key(name, filename)}"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give `bucket` its code where that is known."""
        code = self._compiled.get(bucket.key)
        if code is None and self.cache is not None:
            code = self.cache.get_bytes("template", bucket.key)
        if code is not None:
            bucket.bytecode_from_string(code)
            self._compiled[bucket.key] = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of `bucket`."""
        code = self._compiled[bucket.key] = bucket.bytecode_to_string()
        if self.cache is not None:
            self.cache.put_bytes("template", bucket.key, code)
