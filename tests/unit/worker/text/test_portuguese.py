"""Brazilian Portuguese as a newsreader says it."""

import pytest
from making.chunks import split_chunks

from voicejob_worker.text.lexicon.portuguese_gender import in_feminine, is_feminine
from voicejob_worker.text.lexicon.schema import word_set
from voicejob_worker.text.normalise import normalise
from voicejob_worker.text.numerals import numerals_for

NUMBERS = [
    ("0, 7, 15 e 100", "zero, sete, quinze e cem"),
    ("101 dálmatas", "cento e um dálmatas"),
    ("1.234 votos", "mil duzentos e trinta e quatro votos"),
    ("1500 metros", "mil e quinhentos metros"),
    ("2.000.000 de reais", "dois milhões de reais"),
    (
        "1.234.567,89",
        "um milhão duzentos e trinta e quatro mil quinhentos e sessenta e sete vírgula oito nove",
    ),
    ("0,5 e 0,001", "zero vírgula cinco e zero vírgula zero zero um"),
    ("-7 e −3,2", "menos sete e menos três vírgula dois"),
    (
        "50%, 1,5% e -0,3%",
        "cinquenta por cento, um vírgula cinco por cento e menos zero vírgula três por cento",
    ),
    ("1/2, 1/3, 3/4, 3/5", "meio, um terço, três quartos, três quintos"),
    ("5/12 e 1/100", "cinco doze avos e um centésimo"),
    ("2 1/2 e 3½", "dois e meio e três e meio"),
    ("10-20 alunos", "dez a vinte alunos"),
    ("2019–2023", "dois mil e dezenove a dois mil e vinte e três"),
    ("10%-20%", "dez a vinte por cento"),
    ("nota 8/10", "nota oito de dez"),
    ("aberto 24/7", "aberto vinte e quatro por sete"),
    ("Flamengo 2 x 1 Vasco", "Flamengo dois a um Vasco"),
    ("foto 3x4", "foto três por quatro"),
    ("nº 7, n.º 8 e nºs 3 e 4", "número sete, número oito e números três e quatro"),
    ("Lei nº 8.080/1990", "Lei número oito mil e oitenta de mil novecentos e noventa"),
    ("2,5 mi de pessoas e 3 bi", "dois vírgula cinco milhões de pessoas e três bilhões"),
    ("10x mais", "dez vezes mais"),
]
ORDINALS = [
    ("1º, 2º e 3º", "primeiro, segundo e terceiro"),
    ("1ª, 22ª", "primeira, vigésima segunda"),
    ("10.º, 11º, 20º", "décimo, décimo primeiro, vigésimo"),
    ("100º", "centésimo"),
    ("345º", "tricentésimo quadragésimo quinto"),
    ("400º e 700º", "quadringentésimo e septingentésimo"),
    ("999ª", "noningentésima nonagésima nona"),
    ("1000º", "milésimo"),
    ("1° lugar", "primeiro lugar"),
    ("1o lugar, 2a edição", "primeiro lugar, segunda edição"),
    ("2ª-feira a 6ª-feira", "segunda-feira a sexta-feira"),
    ("os 1ºs colocados", "os primeiros colocados"),
]
MONEY = [
    ("R$ 5", "cinco reais"),
    ("R$ 1 e R$ 0,01", "um real e um centavo"),
    ("R$ 0,50", "cinquenta centavos"),
    ("R$1.234,56", "mil duzentos e trinta e quatro reais e cinquenta e seis centavos"),
    ("R$ 1.000.000,00", "um milhão de reais"),
    ("R$ 1 milhão", "um milhão de reais"),
    ("R$ 2,5 milhões", "dois vírgula cinco milhões de reais"),
    ("R$ 1,2 bilhão", "um vírgula dois bilhão de reais"),
    ("R$2bi", "dois bilhões de reais"),
    ("R$ 10 mil", "dez mil reais"),
    ("R$ 1 mil", "mil reais"),
    ("-R$ 50", "menos cinquenta reais"),
    ("R$ 10-20", "dez a vinte reais"),
    ("US$ 10", "dez dólares"),
    ("€ 3,50", "três euros e cinquenta centavos"),
    ("£ 2 e £ 200", "duas libras e duzentas libras"),
    ("R$ 10/kg e R$ 30/mês", "dez reais por quilo e trinta reais por mês"),
    ("Fim. R$ 5 sumiram.", "Fim. Cinco reais sumiram."),
]
DATES = [
    ("25/12/2025", "vinte e cinco de dezembro de dois mil e vinte e cinco"),
    ("2025-12-25", "vinte e cinco de dezembro de dois mil e vinte e cinco"),
    ("25.12.2025", "vinte e cinco de dezembro de dois mil e vinte e cinco"),
    ("25-12-2025", "vinte e cinco de dezembro de dois mil e vinte e cinco"),
    ("25/12/99", "vinte e cinco de dezembro de mil novecentos e noventa e nove"),
    ("25 de dezembro", "vinte e cinco de dezembro"),
    ("1º de maio, 01 de maio", "primeiro de maio, primeiro de maio"),
    ("01/01/2000", "primeiro de janeiro de dois mil"),
    ("no dia 5/3", "no dia cinco de março"),
    ("de 01/02 a 28/02", "de primeiro de fevereiro a vinte e oito de fevereiro"),
    ("em 12/2025", "em dezembro de dois mil e vinte e cinco"),
    ("10/jan/2024", "dez de janeiro de dois mil e vinte e quatro"),
    ("5 de jan. de 2020", "cinco de janeiro de dois mil e vinte"),
    ("set. de 2019", "setembro de dois mil e dezenove"),
    ("anos 90", "anos noventa"),
    ("39/12", "trinta e nove doze"),
    ("31/02/2024", "trinta e um zero dois dois mil e vinte e quatro"),
]
TIMES = [
    ("às 14h30", "às catorze e trinta"),
    ("às 14h", "às catorze horas"),
    ("às 2h", "às duas horas"),
    ("1h da manhã", "uma hora da manhã"),
    ("às 14:30", "às catorze e trinta"),
    ("às 14:30h", "às catorze e trinta"),
    ("às 8:00", "às oito horas"),
    ("14:30:05", "catorze horas e trinta minutos e cinco segundos"),
    ("às 14:30:05", "às catorze horas, trinta minutos e cinco segundos"),
    ("09:00:00", "nove horas e zero minutos e zero segundos"),
    ("2:30:05 da tarde", "duas horas e trinta minutos e cinco segundos da tarde"),
    ("09.15", "nove horas e quinze"),
    ("a nota 14.30", "a nota catorze vírgula três zero"),
    ("às 8h15min", "às oito e quinze"),
    ("durou 8h15min", "durou oito horas e quinze minutos"),
    ("0h e 00:30", "zero hora e zero hora e trinta"),
    ("das 2 às 4 da tarde", "das duas às quatro da tarde"),
    ("10h30-12h15", "dez e trinta às doze e quinze"),
    ("10h-12h", "dez horas às doze horas"),
    ("às 22hs", "às vinte e duas horas"),
    ("24h/dia", "vinte e quatro horas por dia"),
]
UNITS = [
    ("10 km e 1 km", "dez quilômetros e um quilômetro"),
    ("80 km/h", "oitenta quilômetros por hora"),
    ("50 m² e 2 m³", "cinquenta metros quadrados e dois metros cúbicos"),
    ("100 kWh", "cem quilowatts-hora"),
    ("16 GB", "dezesseis gigabytes"),
    ("250 ml e 1,5 L", "duzentos e cinquenta mililitros e um vírgula cinco litro"),
    ("2 kg e 200 g", "dois quilos e duzentos gramas"),
    ("5 g/L", "cinco gramas por litro"),
    ("2 t de soja, 200 cal", "duas toneladas de soja, duzentas calorias"),
    (
        "-5 °C, 25ºC, 0 °C",
        "menos cinco graus Celsius, vinte e cinco graus Celsius, zero grau Celsius",
    ),
    ("1.000.000 km", "um milhão de quilômetros"),
    ("em km/h, por kg", "em quilômetros por hora, por quilo"),
    ("no km 12", "no quilômetro doze"),
    ("5-10 km", "cinco a dez quilômetros"),
]
GENDER = [
    ("2 mulheres e 2 homens", "duas mulheres e dois homens"),
    ("21 pessoas, 31 dias", "vinte e uma pessoas, trinta e um dias"),
    ("200 casas", "duzentas casas"),
    ("2.200 escolas", "duas mil e duzentas escolas"),
    ("2 mil horas", "duas mil horas"),
    ("2 milhões de mulheres", "dois milhões de mulheres"),
    ("2 a 3 semanas", "duas a três semanas"),
    ("1 vez, 1 hora, 1 dia", "uma vez, uma hora, um dia"),
    ("2 problemas, 2 programas", "dois problemas, dois programas"),
    ("2 decisões, 2 cidades, 2 viagens", "duas decisões, duas cidades, duas viagens"),
    ("as 2 grandes empresas", "as duas grandes empresas"),
    ("das 12 às 14 delas", "das doze às catorze delas"),
    ("200 gramas, 302 fitas", "duzentos gramas, trezentas e duas fitas"),
]
ABBREVIATIONS = [
    ("O Sr. Silva e a Sra. Souza", "O Senhor Silva e a Senhora Souza"),
    ("O Dr. Paulo e a Dra. Ana", "O Doutor Paulo e a Doutora Ana"),
    ("O Prof. Lima e a Profª Dias", "O Professor Lima e a Professora Dias"),
    ("O sr. pode vir?", "O senhor pode vir?"),
    ("Falei com o Dr.", "Falei com o Doutor."),
    ("Exmo. Sr. Juiz, V. Exa. sabe", "Excelentíssimo Senhor Juiz, Vossa Excelência sabe"),
    ("Av. Paulista, 1000", "Avenida Paulista, mil"),
    ("R. Augusta, 200", "Rua Augusta, duzentos"),
    ("na R. das Flores", "na Rua das Flores"),
    ("J. R. R. Tolkien e R. Silva", "J. R. R. Tolkien e R. Silva"),
    ("pág. 9", "página nove"),
    ("p. 3 e pp. 10-12", "página três e páginas dez a doze"),
    ("cap. 3, fig. 2, vol. 1", "capítulo três, figura dois, volume um"),
    ("art. 5º, § 2º, inc. IV", "artigo quinto, parágrafo segundo, inciso quatro"),
    ("pão, leite, etc. Depois saiu.", "pão, leite, etcétera. Depois saiu."),
    ("pão etc. e leite, etc.", "pão etcétera e leite, etcétera."),
    ("por ex., p. ex., ex.: isso", "por exemplo, por exemplo, exemplo: isso"),
    ("tel.: 3333-4444", "telefone: três três três três, quatro quatro quatro quatro"),
    ("Silva & Cia. Ltda. faliu.", "Silva e Companhia Limitada faliu."),
    ("Souza Jr. chegou", "Souza Júnior chegou"),
    (
        "44 a.C. e 100 d.C. Depois",
        "quarenta e quatro antes de Cristo e cem depois de Cristo. Depois",
    ),
    ("c/ açúcar, s/ sal, p/ você, s/n", "com açúcar, sem sal, para você, sem número"),
    ("2ª ed. do livro", "segunda edição do livro"),
    ("ap. 12, bl. B", "apartamento doze, bloco B"),
    ("D. Pedro, D. Maria e D. Silva", "Dom Pedro, Dona Maria e D. Silva"),
    ("S. Paulo e Sto. André", "São Paulo e Santo André"),
    ("o IBGE e a FIFA", "o IBGE e a FIFA"),
]
ROMAN = [
    ("séc. XX e século V", "século vinte e século quinto"),
    ("séculos XVIII e XIX", "séculos dezoito e dezenove"),
    ("sécs. XVI-XVII", "séculos dezesseis a dezessete"),
    ("D. Pedro II", "Dom Pedro segundo"),
    ("Papa João Paulo II e Bento XVI", "Papa João Paulo segundo e Bento dezesseis"),
    ("Luís XIV e Elizabeth II", "Luís catorze e Elizabeth segunda"),
    ("Capítulo IV e CAPÍTULO X", "Capítulo quatro e CAPÍTULO dez"),
    ("a II Guerra Mundial", "a Segunda Guerra Mundial"),
    ("o XX Congresso", "o Vigésimo Congresso"),
    ("a PIX Copa", "a PIX Copa"),
    ("R. XV de Novembro, 10", "Rua quinze de Novembro, dez"),
    ("vitamina C, classe D, CD, MD, plano V", "vitamina C, classe D, CD, MD, plano V"),
]
IDENTIFIERS = [
    ("(11) 98765-4321", "um um, nove oito sete seis cinco, quatro três dois um"),
    (
        "+55 11 3333-4444",
        "mais cinco cinco, um um, três três três três, quatro quatro quatro quatro",
    ),
    ("98765-4321", "nove oito sete seis cinco, quatro três dois um"),
    ("0800 123 4567", "zero oitocentos, um dois três, quatro cinco seis sete"),
    ("ligue 190", "ligue um nove zero"),
    ("123.456.789-09", "um dois três, quatro cinco seis, sete oito nove, zero nove"),
    (
        "12.345.678/0001-95",
        "um dois, três quatro cinco, seis sete oito, zero zero zero um, nove cinco",
    ),
    ("CEP 01310-100", "CEP zero um três um zero, um zero zero"),
]
TABLES = {
    "numbers": NUMBERS,
    "ordinals": ORDINALS,
    "money": MONEY,
    "dates": DATES,
    "times": TIMES,
    "units": UNITS,
    "gender": GENDER,
    "abbreviations": ABBREVIATIONS,
    "roman": ROMAN,
    "identifiers": IDENTIFIERS,
}
CASES = [pytest.param(*pair, id=f"{kind}: {pair[0]}") for kind in TABLES for pair in TABLES[kind]]


@pytest.mark.parametrize(("written", "said"), CASES)
def test_it_is_said_as_a_newsreader_says_it(written: str, said: str) -> None:
    assert normalise(written, "pt-BR").text == said


@pytest.mark.parametrize(("written", "said"), CASES)
def test_what_is_said_is_said_alike_again(written: str, said: str) -> None:
    assert normalise(said, "pt-BR").text == said


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("O Sr. Silva mora na Av. Paulista, nº 100. A Dra. Ana mora na pág. 9 do livro.", 2),
        ("Compramos pão, leite, etc. Depois fomos para casa todos juntos.", 2),
        ("Compramos pão, leite, etc. e depois fomos para casa todos juntos.", 1),
        ("A empresa Souza Ltda. faliu no séc. XX. R$ 5 milhões sumiram do cofre.", 2),
    ],
)
def test_expanded_abbreviations_do_not_break_sentences(text: str, sentences: int) -> None:
    chunks = split_chunks(normalise(text, "pt-BR").text, "pt-BR", 300, 0)
    assert len(chunks) == sentences


def test_every_ordinal_to_a_thousand_is_of_known_words() -> None:
    said = [numerals_for("pt-BR").ordinal(str(number)) or "?" for number in range(1, 1001)]
    assert {word for words in said for word in words.split()} == ORDINAL_WORDS


ORDINAL_WORDS = word_set(
    "primeiro segundo terceiro quarto quinto sexto sétimo oitavo nono décimo vigésimo trigésimo "
    "quadragésimo quinquagésimo sexagésimo septuagésimo octogésimo nonagésimo centésimo "
    "ducentésimo tricentésimo quadringentésimo quingentésimo seiscentésimo septingentésimo "
    "octingentésimo noningentésimo milésimo"
)


@pytest.mark.parametrize(
    ("masculine", "feminine"),
    [
        ("um", "uma"),
        ("cento e dois", "cento e duas"),
        ("mil", "mil"),
        ("dois milhões e duzentos mil e um", "dois milhões e duzentas mil e uma"),
        ("um bilhão", "um bilhão"),
    ],
)
def test_feminine_cardinals(masculine: str, feminine: str) -> None:
    assert in_feminine(masculine) == feminine


@pytest.mark.parametrize(
    ("noun", "feminine"),
    [
        *[(noun, True) for noun in ("casas", "ações", "visitas", "cidades", "viagens", "vez")],
        *[(noun, False) for noun in ("dias", "artistas", "corações", "mapas", "mas", "leões")],
    ],
)
def test_gender_of_nouns(noun: str, feminine: bool) -> None:
    assert is_feminine(noun) is feminine
