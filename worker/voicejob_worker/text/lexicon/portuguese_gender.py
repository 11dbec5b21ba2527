"""The gender of Portuguese nouns and of the numbers that count them.

Feminine nouns are an open class: an ending that is feminine with few exceptions (*-ções*,
*-dades*, *-as*) tells them, or a list of common nouns without such an ending.
"""

import re
from typing import Final

from voicejob_worker.text.lexicon.schema import word_set

_LARGE: Final = re.compile(r".*\b(?:[a-z]+ilh(?:ão|ões))\b", re.DOTALL)
_WORD: Final = re.compile(r"\b(?:um|dois|[a-zê]*entos)\b")
_FEMININE_OF: Final = {"um": "uma", "dois": "duas"}

_FEMININE_ENDINGS: Final = (
    *("ção", "ções", "são", "sões", "dade", "dades", "gem", "gens", "ância", "ência", "tude"),
    *("âncias", "ências", "tudes", "eza"),
)
_MASCULINE_ENDINGS: Final = (
    *("emas", "gramas", "dramas", "oramas", "omas", "igmas", "ogmas", "asmas", "ismas"),
    *("istas", "nautas", "cratas", "iatras", "icidas", "ígenas"),
)
_MASCULINE: Final = word_set(
    "coração corações brasão brasões personagem personagens dias mapas planetas cometas atletas "
    "poetas profetas colegas guias guardas sósias papas monarcas camaradas gorilas pandas coalas "
    "piratas pijamas climas belgas croatas persas estratagemas quilogramas diplomatas eremitas "
    "dálmatas primatas acrobatas mas as das nas pelas apenas elas delas nelas quantas ambas duas "
    "deltas gramas traumas recrutas motoristas sentinelas jesuítas patriotas poliglotas "
    "hipócritas indígenas"
)
_FEMININE: Final = word_set(
    "hora pessoa mulher mulheres vez vezes mãe mães irmã irmãs flor flores cor cores árvore "
    "árvores morte mortes noite noites tarde tardes manhã manhãs parte partes fonte fontes rede "
    "redes sede sedes base bases chave chaves nave naves ave aves fase fases frase frases classe "
    "classes crise crises tese teses dose doses lei leis luz luzes voz vozes mão mãos maçã maçãs "
    "questão questões razão razões região regiões religião religiões opinião opiniões reunião "
    "reuniões união uniões ordem ordens nuvem nuvens gente ponte pontes frente frentes semente "
    "sementes enchente enchentes torre torres colher colheres filial filiais casa semana tonelada "
    "libra rúpia milha polegada caloria quilocaloria página linha palavra letra aula "
    "escola empresa família criança menina garota moça senhora filha tia prima avó aluna "
    "professora médica cidade rua vila praia ilha loja caixa garrafa xícara fatia gota colherada "
    "pergunta resposta nota prova vaga mesa cadeira porta janela sala cama peça camada etapa "
    "rodada partida vitória derrota medalha taça copa temporada equipe equipes viagem passagem "
    "vítima testemunha década metade dúzia dezena centena unidade amostra turma tarefa folha "
    "carta foto música obra história cena tela conta parcela moeda bala bomba arma vaca galinha "
    "ovelha gata cachorra banana laranja fruta cerveja pizza pílula vacina comorbidade rodovia "
    "estrada avenida ponta volta vírgula ação célula espécie espécies série séries superfície "
    "superfícies sigla chance chances mente mentes cidadã cidadãs gestante gestantes gemas "
    "algemas gomas atriz atrizes gripe greve greves tribo tribos fotos moto motos rotação "
    "onça atmosfera arquiteta engenheira advogada cantora jogadora trabalhadora enfermeira"
)


def is_feminine(noun: str) -> bool:
    """Whether a Portuguese noun, in lower case, is (almost surely) feminine."""
    if noun in _FEMININE:
        return True
    if noun in _MASCULINE:
        return False
    if noun.endswith(_FEMININE_ENDINGS):
        return True
    return len(noun) > 4 and noun.endswith("as") and not noun.endswith(_MASCULINE_ENDINGS)


def in_feminine(words: str) -> str:
    """A Portuguese cardinal in the feminine; millions and what counts them stay masculine."""
    large = _LARGE.match(words)
    cut = large.end() if large else 0
    return words[:cut] + _WORD.sub(
        lambda found: _FEMININE_OF.get(found.group(), found.group()[:-2] + "as"), words[cut:]
    )
