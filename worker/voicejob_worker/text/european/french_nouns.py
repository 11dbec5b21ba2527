"""The gender of French nouns: by what is counted most, else by the ending."""

from typing import Final

from voicejob_worker.text.european.grammar import Gender
from voicejob_worker.text.lexicon.schema import word_set

_FEMININE: Final = word_set(
    "fille femme personne heure minute seconde livre tonne page chose fois voiture maison rue "
    "ville école classe place table chaise porte fenêtre chambre pièce lettre carte photo image "
    "main tête jambe fleur feuille pomme poire banane orange tomate carotte tasse assiette "
    "bouteille cuillère boîte goutte tranche part semaine nuit fin vie mort mer dent peau eau "
    "voix croix noix fois loi foi couleur douleur odeur valeur vapeur peur sœur mère tante "
    "nièce cousine dame reine amie élève star vedette victime équipe troupe famille langue "
    "phrase ligne liste note règle série partie étape marche caisse église plage montagne île "
    "forêt ferme vache poule brebis chèvre souris plante arme bombe balle voile étoile lune "
    "planète saison année journée soirée matinée roupie couronne once calorie pinte clé clef "
    "gare station usine banque entreprise société boutique question réponse idée histoire "
    "aventure musique chanson danse robe chemise jupe veste chaussure montre bague machine "
    "lampe radio moto auto route piste borne pierre tour loi fête messe guerre bataille "
    "victoire défaite médaille coupe épreuve course jeune nation action page demande offre "
    "commande facture dette prime taxe somme dose pilule goutte piqûre cellule cause chance "
    "quinzaine dizaine douzaine vingtaine trentaine centaine moitié manche lame bande pile dame "
    "adresse fourchette cuiller serviette valise lieue toise atmosphère"
)
_MASCULINE: Final = word_set(
    "musée lycée trophée fleuve homme livre silence lieu côté été pied comité traité congé "
    "degré café blé thé gré pré dé père frère élève artiste musée incendie génie parapluie "
    "squelette verre mètre litre centre membre nombre chiffre titre ministre théâtre timbre "
    "arbre"
) - {"livre", "élève"}
_ENDINGS: Final = (
    *("tion", "sion", "aison", "té", "ette", "elle", "esse", "ance", "ence", "ure", "ée", "ie"),
    *("ade", "ille", "enne", "ienne", "euse", "trice", "ise", "aine", "ière", "ère", "tude", "ine"),
    *("çon", "ique", "ouse", "ave", "ppe", "tte", "sse", "lle", "nne"),
)
_NOT_NOUNS: Final = word_set(
    "de du des d et ou à au aux en par pour sur sous avec sans dans est sont était sera que qui "
    "ne pas plus moins le la les un une se ce il elle on ils elles mais ni car si comme chez "
    "entre vers mille million millions milliard milliards virgule point pour cent ont avait "
    "sont puis quand"
)


def is_noun(word: str, singular: bool) -> bool:
    """Whether a word after a number is what it counts: many are in the plural."""
    return word not in _NOT_NOUNS and (singular or word.endswith(("s", "x", "z")))


def gender_of(noun: str) -> Gender:
    """The gender of a noun in the singular or plural, as far as list and ending tell."""
    word = noun.lower().partition(" ")[0].partition("-")[0]
    one = word.removesuffix("s") if word not in _FEMININE else word
    if word in _FEMININE or one in _FEMININE:
        return Gender.FEMININE
    if one in _MASCULINE:
        return Gender.MASCULINE
    return Gender.FEMININE if one.endswith(_ENDINGS) else Gender.MASCULINE
