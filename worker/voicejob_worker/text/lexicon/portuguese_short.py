"""What Portuguese abbreviates, and where it writes Roman digits.

The words follow the list of abbreviations of the Vocabulário Ortográfico da Língua Portuguesa
(Academia Brasileira de Letras) and newsroom use.
"""

import re
from typing import Final

from voicejob_worker.text.lexicon.portuguese_parts import PORTUGUESE_PARTS
from voicejob_worker.text.lexicon.schema import (
    Beside,
    RomanCues,
    Shortening,
    abbreviated,
    abbreviations,
    ending_of_many,
    word_set,
)

_TITLES: Final = {
    "Sr": "Senhor",
    "Srs": "Senhores",
    "Sra": "Senhora",
    "Sras": "Senhoras",
    "Srta": "Senhorita",
    "Dr": "Doutor",
    "Drs": "Doutores",
    "Dra": "Doutora",
    "Dras": "Doutoras",
    "Prof": "Professor",
    "Profs": "Professores",
    "Profa": "Professora",
    "Exmo": "Excelentíssimo",
    "Exma": "Excelentíssima",
}
_BEFORE_A_NAME: Final = {
    **_TITLES,
    "Ilmo": "Ilustríssimo",
    "Ilma": "Ilustríssima",
    "Eng": "Engenheiro",
    "Enga": "Engenheira",
    "Arq": "Arquiteto",
    "Pe": "Padre",
    "Mons": "Monsenhor",
    "Gen": "General",
    "Alm": "Almirante",
    "Brig": "Brigadeiro",
    "Cel": "Coronel",
    "Maj": "Major",
    "Cap": "Capitão",
    "Ten": "Tenente",
    "Sgt": "Sargento",
    "Gov": "Governador",
    "Pres": "Presidente",
    "Min": "Ministro",
    "Dep": "Deputado",
    "Sen": "Senador",
    "Des": "Desembargador",
    "Rod": "Rodovia",
    "Trav": "Travessa",
    "Jd": "Jardim",
    "Pça": "Praça",
    "Pç": "Praça",
    "Sto": "Santo",
    "Sta": "Santa",
}
_STREETS: Final = {"R": "Rua", "Al": "Alameda", "Tv": "Travessa", "Estr": "Estrada"}
_AVENUE: Final = {"Av": "Avenida"}
_BEFORE_A_NUMBER: Final = {
    "p": "página",
    "pp": "páginas",
    "pg": "página",
    "pgs": "páginas",
    "pág": "página",
    "págs": "páginas",
    "art": "artigo",
    "arts": "artigos",
    "inc": "inciso",
    "cap": "capítulo",
    "caps": "capítulos",
    "fig": "figura",
    "figs": "figuras",
    "tab": "tabela",
    "vol": "volume",
    "vols": "volumes",
    "séc": "século",
    "sécs": "séculos",
    "sec": "século",
    "n": "número",
    "nr": "número",
    "núm": "número",
    "num": "número",
    "ap": "apartamento",
    "apt": "apartamento",
    "apto": "apartamento",
    "bl": "bloco",
    "cj": "conjunto",
    "qd": "quadra",
    "lt": "lote",
    "tel": "telefone",
    "cel": "celular",
    "ref": "referência",
    "ext": "extensão",
}
_AFTER_A_NUMBER: Final = {
    "ed": "edição",
    "min": "minutos",
    "seg": "segundos",
    "hab": "habitantes",
    "un": "unidades",
    "und": "unidades",
    "pts": "pontos",
}
_ANYWHERE: Final = {
    "fund": "fundada",
    "Atend": "Atendimento",
    **_TITLES,
    **{short.lower(): words.lower() for short, words in _TITLES.items()},
    "pág": "página",
    "págs": "páginas",
    "séc": "século",
    "sécs": "séculos",
    "tel": "telefone",
    "tels": "telefones",
    "p.ex": "por exemplo",
    "ex": "exemplo",
    "obs": "observação",
    "aprox": "aproximadamente",
    "temp": "temperatura",
    "qtd": "quantidade",
    "qtde": "quantidade",
    "máx": "máximo",
    "mín": "mínimo",
    "méd": "média",
    "vs": "versus",
    "cf": "conforme",
    "i.e": "isto é",
    "e.g": "por exemplo",
    "depto": "departamento",
    "V.Exa": "Vossa Excelência",
    "V.Ex": "Vossa Excelência",
    "V.Sa": "Vossa Senhoria",
    "Cia": "Companhia",
}
_MAY_END: Final = {
    "etc": "etcétera",
    "a.C": "antes de Cristo",
    "d.C": "depois de Cristo",
    "Ltda": "Limitada",
    "LTDA": "Limitada",
    "Jr": "Júnior",
    "al": "al",
}
_MONTHS: Final = {
    "jan": "janeiro",
    "fev": "fevereiro",
    "mar": "março",
    "abr": "abril",
    "mai": "maio",
    "jun": "junho",
    "jul": "julho",
    "ago": "agosto",
    "set": "setembro",
    "out": "outubro",
    "nov": "novembro",
    "dez": "dezembro",
}
_DOM: Final = (
    "Pedro João Manuel Dinis Afonso Sebastião Henrique Fernando Duarte Luís Carlos Miguel José "
    "Hélder Paulo Quixote Casmurro"
)
_DONA: Final = (
    "Maria Ana Teresa Francisca Leopoldina Isabel Carlota Amélia Inês Beatriz Antônia Rosa Benta "
    "Joana Lúcia Luísa Helena Leonor Catarina Filipa Marta Glória Irene Aparecida Benedita Josefa"
)

PORTUGUESE_ABBREVIATIONS: Final = abbreviations(
    abbreviated(_BEFORE_A_NUMBER, before=Beside.NUMBER),
    abbreviated(_STREETS, before=Beside.STREET),
    abbreviated(_AVENUE, before=Beside.STREET_NAME),
    abbreviated(_BEFORE_A_NAME, before=Beside.NAME),
    abbreviated(_AFTER_A_NUMBER, after=Beside.NUMBER, may_end=True),
    abbreviated(_MONTHS, after=Beside.DATE),
    abbreviated(_MONTHS, before=Beside.DATE),
    abbreviated(_ANYWHERE),
    abbreviated(_MAY_END, may_end=True),
)
SLASHED_WORDS: Final = {"c/": "com", "p/": "para", "s/": "sem", "s/n": "sem número"}
NAMES_AFTER_A_LETTER: Final = {
    "D": {**dict.fromkeys(word_set(_DOM), "Dom"), **dict.fromkeys(word_set(_DONA), "Dona")},
    "S": dict.fromkeys(word_set("Paulo José João Pedro Bernardo Francisco Luís Bento"), "São"),
}
"""``D. Pedro``, ``S. Paulo``: a letter is an initial (D. Silva) before any other name."""

PORTUGUESE_ROMAN: Final = RomanCues(
    counted=word_set(
        "capítulo capítulos volume volumes tomo tomos título títulos livro livros canto cantos "
        "ato atos cena cenas inciso incisos artigo artigos anexo anexos seção seções parte "
        "partes fase fases grupo grupos tipo tipos nível níveis etapa etapas módulo módulos "
        "unidade unidades quadro tabela figura classe categoria grau estágio versão página "
        "páginas rua avenida praça"
    ),
    strict=word_set(
        "capítulo capítulos volume volumes tomo tomos título títulos livro canto inciso incisos "
        "artigo artigos anexo página páginas rua avenida praça"
    ),
    ranked=frozenset(["século", "séculos"]),
    kings=word_set(
        "pedro joão paulo henrique luís carlos jorge eduardo guilherme filipe felipe afonso "
        "fernando sancho dinis manuel sebastião josé miguel francisco pio bento leão gregório "
        "inocêncio clemente urbano júlio xisto adriano alexandre nicolau napoleão frederico "
        "leopoldo otto oto ricardo ivan ramsés ptolomeu dario ciro constantino gustavo alberto "
        "juan umberto vítor humberto jaime rodolfo maximiliano"
    ),
    queens=word_set(
        "elizabeth elisabeth isabel maria catarina vitória beatriz margarida margarete joana "
        "cristina cleópatra ana leonor"
    ),
    titles=word_set("rei rainha papa dom imperador imperatriz príncipe czar tsar faraó"),
    events_masculine=word_set(
        "congresso encontro simpósio seminário fórum festival concurso campeonato concílio "
        "plano reich império milênio torneio prêmio salão exame"
    ),
    events_feminine=word_set(
        "guerra conferência jornada semana mostra edição copa bienal república internacional "
        "cúpula feira olimpíada cruzada reunião assembleia"
    ),
    not_names=word_set(
        "o a os as um uma no na nos nas do da em de com por para que se e ou mas seu sua este "
        "esta esse essa ver vide entre até cromossomo cromossomos par tipo celsius fahrenheit"
    ),
    joints=frozenset(["e", "a", "ao", "à", "ou", "até"]),
    article="",
    ordinals_to=10,
)
_STREET_NAME: Final = r"\s(?:d[aeo]s? )?[A-ZÀ-Þ0-9]"


def _spoons(found: re.Match[str]) -> str:
    return f"{found[1]} colher{ending_of_many(found[1], 'es')} de {found[2]}"


PORTUGUESE_SHORTENING: Final = Shortening(
    number_ahead=re.compile(
        r"\s?(?:n?\.?[º°] ?)?(?:\(?[0-9]|[IVXLCDM]{1,7}(?!\w)|[A-H](?=[,.;)\n]|\Z))"
    ),
    date_ahead=re.compile(r"/[0-9]|(?: de)? [0-9]{4}(?![\w.,]*[0-9])"),
    number_behind=re.compile(r"(?:[0-9ºª½¼¾]|\bmil|milhões)\s?\Z"),
    date_behind=re.compile(r"[0-9º°] ?(?:de )?\Z|[0-9]/\Z"),
    street_name_ahead=re.compile(_STREET_NAME),
    street_ahead=re.compile(rf"{_STREET_NAME}[^,\n]{{1,50}}, (?:n?\.?[º°]? ?)?[0-9]"),
    street_behind=re.compile(r"(?:^|\s)(?:na|da|à|pela|a|nesta|esquina com)\s\Z", re.IGNORECASE),
    parts_apart=False,
    mends=((re.compile(r"(?<![\w.])(Sr|Dr|Prof|Eng|V\. ?Ex|V\. ?S)\.?ª"), r"\1a."),),
    parts=(
        *PORTUGUESE_PARTS,
        (
            re.compile(
                r"(?<![\w.])([0-9½¼¾/]{1,5}) col(?:\.|h\.)? ?\(?"
                r"(?:de )?(sopa|chá|café|sobremesa)\)?"
            ),
            _spoons,
        ),
    ),
)
