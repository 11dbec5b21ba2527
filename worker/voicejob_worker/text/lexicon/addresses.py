"""How addresses are read in languages that have no other table here."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.lexicon.schema import AddressWords

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES: Final = {
    "ar": "آت|نقطة|شرطة مائلة|شرطة|شرطة سفلية|نقطتان|علامة استفهام|يساوي",
    "hi": "एट|डॉट|स्लैश|हाइफ़न|अंडरस्कोर|कोलन|प्रश्नचिह्न|बराबर",
    "ja": "アットマーク|ドット|スラッシュ|ハイフン|アンダーバー|コロン|クエスチョンマーク|イコール",
    "ru": "собака|точка|слэш|дефис|нижнее подчёркивание|двоеточие|вопросительный знак|равно",
    "zh": "艾特|点|斜杠|横杠|下划线|冒号|问号|等于",
}
"""At, dot, slash, dash, underscore, colon, question mark, equals."""
ADDRESS_WORDS: Final["Mapping[str, AddressWords]"] = MappingProxyType(
    {language: AddressWords(*names.split("|")) for language, names in _NAMES.items()}
)
