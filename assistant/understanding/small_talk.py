"""Answers greetings, thanks, goodbyes and "what can you do?" without a search."""

from __future__ import annotations

import enum
import unicodedata

_LONGEST = 12  # words; small talk is short


class _Kind(enum.IntEnum):
    """What a phrase is for; if a message has several, the one with the highest value is answered."""

    FILLER = 0
    AGREEMENT = 1
    GREETING = 2
    THANKS = 3
    GOODBYE = 4
    ABOUT = 5


_PHRASES: dict[tuple[str, ...], _Kind] = {
    tuple(phrase.split()): kind
    for kind, phrases in {
        _Kind.FILLER: """
            there | again | everyone | all | dateline | assistant | bot | and | so | then | well | oh | please | today
            for your help | for the help | for that | for your time | for now
            """,
        _Kind.AGREEMENT: """
            ok | okay | great | cool | nice | good | perfect | awesome | excellent | wonderful | got it | i see
            alright | all right | understood | that helps | that helped | very helpful | that's helpful
            that is helpful | sounds good | makes sense | good to know | nice to meet you | never mind | no problem
            """,
        _Kind.GREETING: """
            hi | hello | hey | hiya | howdy | greetings | good morning | good afternoon | good evening | good day
            how are you | how are you doing | how is it going | how's it going | how do you do | what's up
            hola | buenos días | buenas tardes | bonjour | bonsoir | salut | hallo | guten tag | guten morgen
            guten abend | ciao | buongiorno | buonasera | olá | bom dia | boa tarde | merhaba | namaste | नमस्ते
            привет | здравствуйте | добрый день | 你好 | 您好 | こんにちは | 안녕하세요 | مرحبا | السلام عليكم | שלום
            """,
        _Kind.THANKS: """
            thanks | thanks a lot | thanks so much | thanks very much | many thanks | thank you | thank you so much
            thank you very much | thx | cheers | much appreciated | i appreciate it | gracias | muchas gracias | merci
            merci beaucoup | danke | danke schön | vielen dank | grazie | grazie mille | obrigado | obrigada
            muito obrigado | teşekkürler | धन्यवाद | спасибо | большое спасибо | 谢谢 | 謝謝 | ありがとう
            ありがとうございます | 감사합니다 | شكرا | תודה
            """,
        _Kind.GOODBYE: """
            bye | bye bye | goodbye | good bye | good night | see you | see you later | see you soon | take care
            have a nice day | have a good day | that's all | that is all | adiós | hasta luego | au revoir | tschüss
            auf wiedersehen | arrivederci | tchau | до свидания | 再见 | さようなら
            """,
        _Kind.ABOUT: """
            help | who are you | what are you | what can you do | what do you do | how do you work
            how does this work | what is this | what can i ask | what can i ask you | what should i ask
            how can you help | how can you help me | what can you help me with | what's your name | what is your name
            are you a bot | are you a robot | are you human | are you a human | are you a person | are you an ai
            are you real | who made you
            """,
    }.items()
    for line in phrases.splitlines()
    for phrase in line.split("|")
    if phrase.strip()
}
_LONGEST_PHRASE = max(map(len, _PHRASES))
_ASK = "Ask me about the articles here, and I will answer with the sentences they say it in."
_REPLIES = {
    _Kind.AGREEMENT: f"Good. {_ASK}",
    _Kind.GREETING: f"Hello. {_ASK}",
    _Kind.THANKS: "You’re welcome.",
    _Kind.GOODBYE: "Goodbye.",
    _Kind.ABOUT: (
        "I am Dateline, a program that answers questions from the articles in this collection. I cite the exact words "
        "that each statement rests on, and when the articles do not say, I tell you so. Ask, for example, who said "
        "what, when something happened, or why."
    ),
}


def reply_to_small_talk(text: str) -> str | None:
    """Return a reply if a message is nothing but small talk; None if it asks something about the articles.

    Every word must belong to a known phrase: "hello, what did he say?" is a question.
    """
    words = _words(text) if len(text) <= _LONGEST * 40 else []
    kinds: list[_Kind] = []
    while words and len(kinds) < _LONGEST:
        # The longest phrase first, without backtracking: "good morning" before "good".
        for length in range(min(_LONGEST_PHRASE, len(words)), 0, -1):
            kind = _PHRASES.get(tuple(words[:length]))
            if kind is not None:
                kinds.append(kind)
                del words[:length]
                break
        else:
            return None
    return _REPLIES.get(max(kinds)) if kinds and not words else None


def _words(text: str) -> list[str]:
    """Return the words in lower case, without punctuation and emoji."""
    plain = unicodedata.normalize("NFC", text.casefold().replace("’", "'").replace("\ufe0f", ""))
    return "".join(
        character if character == "'" or unicodedata.category(character)[0] in "LMN" else " " for character in plain
    ).split()
