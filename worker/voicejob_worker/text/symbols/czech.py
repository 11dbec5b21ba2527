"""Signs in Czech."""

from typing import Final

from voicejob_worker.text.symbols.schema import Reckoning, SignWords, Symbols, currencies

CZECH: Final = Symbols(
    currencies=currencies(
        "euro/eura/eur/eura dolar/dolary/dolarů/dolaru libra/libry/liber/libry "
        "jen/jeny/jenů/jenu rubl/rubly/rublů/rublu lira/liry/lir/liry won/wony/wonů/wonu "
        "rupie/rupie/rupií/rupie zlotý/zloté/zlotých/zlotého real/realy/realů/realu"
    ),
    signs=SignWords(
        plus="plus",
        equals="rovná se",
        times="krát",
        conjunction="a",
        at="zavináč",
        number="číslo",
        percent=("procento", "procenta", "procent", "procenta"),
        degrees=("stupeň", "stupně", "stupňů", "stupně"),
        celsius=("stupeň Celsia", "stupně Celsia", "stupňů Celsia", "stupně Celsia"),
        scales=("tisíc", "milion", "miliony", "milionů", "mil", "miliard", "mld"),
    ),
    reckoning=Reckoning(
        plus="plus",
        minus="minus",
        times="krát",
        divided="děleno",
        equals="rovná se",
        power="na",
        square="na druhou",
        cube="na třetí",
        compared=(
            "nejméně {}",
            "nejvýše {}",
            "nerovná se {}",
            "přibližně {}",
            "méně než {}",
            "více než {}",
            "odmocnina z {}",
        ),
    ),
)
