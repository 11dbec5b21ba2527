"""The many ways in which Portuguese writes days, hours, counts, codes and fractions."""

import time

import pytest

from voicejob_worker.text.normalise import normalise

DAYS = [
    ("seg–sex 8h30–17h", "segunda a sexta oito e trinta às dezessete horas"),
    ("seg. a sex. O café abre", "segunda a sexta. O café abre"),
    ("sáb/dom, seg, qua e sex", "sábado e domingo, segunda, quarta e sexta"),
    ("segunda–sexta, jan–mar", "segunda a sexta, janeiro a março"),
    ("ter um carro, sex shop, dom", "ter um carro, sex shop, dom"),
]
HOURS = [
    ("reunião 10:30", "reunião dez horas e trinta"),
    ("09:05", "nove horas e cinco"),
    ("às 10:30, das 8h30 às 17h", "às dez e trinta, das oito e trinta às dezessete horas"),
    ("15h da tarde, 21h da noite", "três horas da tarde, nove horas da noite"),
    ("23:18 da tarde", "vinte e três horas e dezoito da tarde"),
    ("8–12h, 8h-12h", "oito às doze horas, oito horas às doze horas"),
]
COUNTS = [
    ("1k pessoas, 2k casas, 10k", "mil pessoas, duas mil casas, dez mil"),
    ("2M de views, 2m leitores", "dois milhões de views, dois milhões de leitores"),
    ("corrida de 5k, 4K", "corrida de cinco k, quatro K"),
    ("1 000 e 100 000", "mil e cem mil"),
    ("em 2020 300 pessoas", "em dois mil e vinte trezentas pessoas"),
    ("3:1, escala 1:10", "três para um, escala um para dez"),
    ("1001001 e 1500000", "um milhão mil e um e um milhão e quinhentos mil"),
    ("3004005006007", "três trilhões quatro bilhões cinco milhões seis mil e sete"),
    ("2.200.001 casas", "dois milhões duzentas mil e uma casas"),
]
CODES = [
    (
        "tel. 3333-4444 ext. 12",
        "telefone três três três três, quatro quatro quatro quatro extensão um dois",
    ),
    ("555-1234", "cinco cinco cinco, um dois três quatro"),
    ("200-1000 pessoas", "duzentas a mil pessoas"),
    ("a final 2022", "a final dois mil e vinte e dois"),
    ("senha 1234, final 8876", "senha um dois três quatro, final oito oito sete seis"),
]
FRACTIONS = [
    ("1/2 kg, ½ kg, 2 1/2 kg", "meio quilo, meio quilo, dois e meio quilos"),
    ("½ colher, 1/2 xícara", "meia colher, meia xícara"),
    ("3½ xícaras, 2½ horas", "três e meia xícaras, duas e meia horas"),
    ("3/4 xícara, 3/4 kg", "três quartos de xícara, três quartos de quilo"),
    ("1½ L, ⅛", "um e meio litro, um oitavo"),
]
LENGTHS = [
    (
        'TV de 27", 0,5" de chuva',
        "TV de vinte e sete polegadas, zero vírgula cinco polegadas de chuva",
    ),
    ("22min15s", "vinte e dois minutos e quinze segundos"),
    ("12 un. de ovos, 45 pts", "doze unidades de ovos, quarenta e cinco pontos"),
    ("½ xíc. de açúcar, 2 xíc. de leite", "meia xícara de açúcar, duas xícaras de leite"),
    (
        "y = 3x - 5, 6 / 2 = 3",
        "y é igual a três X menos cinco, seis dividido por dois é igual a três",
    ),
]
DATES = [
    ("25 jul 2012, 25/jul", "vinte e cinco de julho de dois mil e doze, vinte e cinco de julho"),
    ("sex., 03/03/2023", "sexta, três de março de dois mil e vinte e três"),
    (
        "2008–09, 1º tri, 3T23",
        "dois mil e oito a dois mil e nove, primeiro trimestre, terceiro trimestre de vinte e três",
    ),
    ("1.000º lugar", "milésimo lugar"),
]
MORE = [
    ("R$-5, R$ 5 bilhões de reais", "menos cinco reais, cinco bilhões de reais"),
    ("maio/2020; seg, 25 de jul", "maio de dois mil e vinte; segunda, vinte e cinco de julho"),
    ("um Boeing 737-800", "um Boeing setecentos e trinta e sete, oitocentos"),
]
CASES = [*MORE, *LENGTHS, *DATES, *DAYS, *HOURS, *COUNTS, *CODES, *FRACTIONS]


@pytest.mark.parametrize(("written", "said"), CASES)
def test_all_are_said_alike(written: str, said: str) -> None:
    assert normalise(written, "pt-BR").text == said


@pytest.mark.parametrize(("written", "said"), CASES)
def test_what_is_said_is_said_alike_again(written: str, said: str) -> None:
    assert normalise(said, "pt-BR").text == said


@pytest.mark.parametrize(
    "piece",
    ["seg-", "seg, ", "5k ", "1:", "1 000 ", "8h-", "ext. 1", "555-", "½ ", "1/2 k", "jan–"],
)
def test_time_is_linear(piece: str) -> None:
    text = (piece * 30_000)[:30_000]
    start = time.process_time()
    normalise(text, "pt-BR")
    assert time.process_time() - start < 2
