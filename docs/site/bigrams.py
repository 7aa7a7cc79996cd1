"""Sphinx extension: Chinese text is searched by pairs of neighbouring characters, which needs no
dictionary.
"""

import re
from typing import Final

from sphinx.application import Sphinx
from sphinx.search import SearchLanguage
from sphinx.search.en import SearchEnglish

WORDS: Final = re.compile(r"[\u3400-\u9fff]+|[A-Za-z0-9_]+")
SPLITTER: Final = """
function splitQuery(query) {
  const found = [];
  for (const run of query.match(/[\\u3400-\\u9fff]+|[A-Za-z0-9_]+/g) || []) {
    if (!/[\\u3400-\\u9fff]/.test(run) || run.length < 3) { found.push(run); continue; }
    for (let at = 0; at + 1 < run.length; at++) found.push(run.slice(at, at + 2));
  }
  return found;
}
"""


class SearchChinese(SearchEnglish):
    """Pairs of Chinese characters, and English words."""

    lang = "zh"
    language_name = "English"  # names the stemmer of the words in the script
    js_splitter_code = SPLITTER

    def split(self, text: str) -> list[str]:
        """The text's terms: each pair of Chinese characters, each single one, each word."""
        found: list[str] = []
        for run in WORDS.findall(text):
            if run[0] < "\u3400":
                found.append(run)
            else:
                found += run
                found += [run[at : at + 2] for at in range(len(run) - 1)]
        return found

    def word_filter(self, stemmed_word: str) -> bool:
        """Whether a term is worth an entry of the index."""
        return stemmed_word >= "\u3400" or super().word_filter(stemmed_word)


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    language: type[SearchLanguage] = SearchChinese
    app.add_search_language(language)
    return {"parallel_read_safe": True}
