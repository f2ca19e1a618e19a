"""Write the sentences of the name tagger: real names in templates of ordinary words.

Only who wants other data needs this: ``pip install names``, then
``python assignments/name-tagger/make_data.py`` writes ``data/*.json``, which are handed out, and
``hidden/*.json``, which stay with the grader; always the same bytes.

The split is by name. Every name belongs to training or to the held-out set, never to both, and a
part of the ordinary words is held out as well, so that "I have never seen this word" is no sign of
a name.
"""

import importlib.util
import json
import re
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from reference.name_tagger import init_parameters, make_batches, train

FOLDER = Path(__file__).parent
SEED = 20240917
SENTENCES = {"train": 1200, "heldout": 500}

NOUNS = """
    account acorn actor address album alley almond anchor angle animal ankle answer apple apron
    arrow article attic autumn avenue axe badge bakery balcony ball banana bandage banner barn
    barrel basement basket bathroom battery beach bean bear bedroom beetle bench bicycle biscuit
    blanket blossom board boat bone book boot border bottle bowl branch breakfast bridge broom
    brush bucket budget button cabin cabinet cable cake camel camera candle canoe carpet carrot
    castle ceiling cellar chain chair chapel cheese cherry chimney church circle clock cloud
    coat coconut coffee collar column compass concert copper corner cottage cotton couch cousin
    cradle crayon cream cricket cucumber cupboard curtain cushion dance debt desk diamond dinner
    dish document dolphin door dragon drawer dress drum eagle earring elbow elephant engine
    envelope evening exam factory feather fence ferry festival field finger flag flame flood
    flower flute forest fork fountain fridge frog fruit furniture garage garden garlic gate
    ghost giraffe glacier glove goat gold grape grass guitar hammer harbour hat hedge helmet
    hill history hospital hotel hour iceberg insect island jacket jar jelly journey juice jungle
    kettle kitchen kite kitten knee knife ladder lake lamp lantern lawn leaf leather lemon
    letter library light lion lizard lobster luggage lunch machine magnet map market mask meadow
    medal medicine melon memory menu metal mirror money monkey moon morning mosquito motor
    mountain mouse muffin museum mushroom music mustard nail napkin needle nest newspaper night
    notebook ocean office olive onion orange orchestra oven owl package paddle page paint palace
    pancake paper parade parcel parrot party passport pasta path peach peanut pebble pencil
    pepper phone piano picnic picture pillow pilot pipe pizza planet plate pocket poem potato
    powder present prize problem pumpkin puppy puzzle question rabbit radio railway rain rainbow
    recipe report restaurant ribbon rice ring river road robot rocket roof room rope salad salt
    sandwich saucer scarf school scissors seed shadow sheep shell ship shirt shoe shop shovel
    shower silver skirt sky sleeve slipper snow soap sock sofa soup spider spoon spring stable
    stairs stamp station statue storm story strawberry street sugar suitcase summer supper
    sweater sword table tablet teapot telescope television tent theatre thread thunder ticket
    tiger toast tomato tooth towel tower toy tractor train treasure tree trousers truck trumpet
    tunnel turtle umbrella uniform vase vegetable village violin volcano waffle wagon wallet
    watch water weather wedding whale wheel whistle window wine winter wool yard yoghurt zebra
"""
PEOPLE = """
    actress artist assistant aunt author baker banker barber beginner butcher captain carpenter
    cashier chef coach colonel conductor critic cyclist dancer daughter dentist detective
    director doctor driver editor electrician engineer farmer firefighter fisherman gardener
    geologist governor guard guest guide hairdresser hunter inspector janitor journalist judge
    lawyer librarian lifeguard magician manager mayor mechanic merchant minister musician nephew
    niece novelist nurse officer painter pharmacist photographer physicist pianist plumber poet
    policeman postman president priest professor programmer publisher queen referee reporter
    sailor scientist sculptor secretary senator sergeant shepherd shopkeeper singer soldier
    student surgeon tailor teacher tourist translator traveller uncle veteran visitor volunteer
    waiter waitress wizard
"""
GROUPS = """
    adults americans birds bees boys bullies cats children chickens citizens clowns cows critics
    crowds customers dogs ducks families fans foxes friends geese germans girls hikers horses
    italians ladies lawyers lovers neighbours nobody parents passengers patients pigeons pirates
    players police protesters pupils rebels relatives reporters sailors scholars scouts sheep
    shoppers singers soldiers someone strangers students swimmers teenagers thieves tourists
    travellers twins villagers visitors volunteers voters witnesses wolves women workers
    everybody everyone anybody
"""
PLACES = """
    africa alaska amsterdam antwerp arizona asia athens australia austria baghdad bangkok
    barcelona beijing belgium belgrade berlin bolivia bombay bordeaux brazil brussels bucharest
    budapest bulgaria cairo california cambodia canada chicago colombia copenhagen cuba damascus
    delhi denmark detroit dublin ecuador edinburgh egypt ethiopia europe finland frankfurt
    geneva germany ghana glasgow greece hamburg havana hawaii helsinki hungary iceland indonesia
    iran iraq istanbul italy jakarta japan kathmandu kenya kiev lagos leipzig lisbon liverpool
    madrid malaysia manchester manila marrakesh mexico miami milan mongolia montreal morocco
    moscow mumbai munich nairobi naples nepal nigeria norway oregon oslo ottawa pakistan panama
    peru poland portugal prague quebec rome rotterdam russia seattle senegal seoul shanghai
    siberia sicily singapore slovenia spain stockholm sudan sweden sydney syria taiwan tehran
    texas thailand tokyo toronto toulouse tunisia turkey ukraine utah utrecht valencia venice
    vienna vietnam warsaw zagreb zurich
"""
ADJECTIVES = """
    ancient angry anxious awful bitter blue blunt boring brave brief bright broken busy calm
    careful cheap chilly clean clever clumsy cold colourful cosy crooked cruel curious damp
    dangerous dark deaf delicious dirty dull dusty eager early elegant empty enormous expensive
    faint famous fancy fierce filthy flat foolish foreign fragile fresh friendly frozen funny
    furious gentle gigantic gloomy golden graceful greedy happy heavy helpful hollow honest hot
    huge humble hungry icy ideal jealous jolly juicy kind large lazy light little lonely loud
    lovely lucky massive mean modern muddy mysterious narrow naughty nervous new noisy odd old
    orange patient pink plain pleasant polite poor pretty proud purple quick quiet rapid rare
    red rich ripe rotten rough round rude rusty sad salty scary secret serious sharp shiny short
    shy silent silly simple sleepy slow small smart smooth soft sour spicy steep sticky strange
    strong stubborn sweet tall tame tasty terrible thick thin tidy tiny tired tough ugly useful
    useless vast warm weak weird wet wide wild wise wonderful wooden wrong yellow
"""
SPEAKING = """
    admitted announced answered argued asked believed claimed complained confessed cried decided
    denied explained guessed hinted insisted joked laughed mumbled muttered nodded noticed
    promised remarked repeated replied said screamed shouted shrugged sighed smiled sobbed
    suggested thought whispered wondered wrote yelled
"""
DOING = """
    admired avoided baked bought broke brought burned carried caught chased cleaned collected
    cooked copied counted described dropped emptied enjoyed examined filled finished fixed
    followed forgot found grabbed hated hid hunted ignored invented kept kicked liked lost loved
    mended missed moved needed noticed opened ordered packed painted picked praised pulled
    pushed read remembered removed repaired rescued saved sent sketched smelled sold stole
    studied swallowed threw touched wanted washed watched wrapped
"""
MEETING = """
    accompanied adored advised amused annoyed avoided believed blamed called cheered comforted
    contacted defended disliked encouraged followed forgave frightened greeted helped hired
    interviewed invited liked married met mentioned missed obeyed offended phoned praised
    recognised remembered respected saw supported surprised taught telephoned thanked trusted
    visited warned welcomed
"""
ADVERBS = """
    again alone already always angrily badly barely briefly calmly carefully certainly
    cheerfully clearly constantly daily eagerly early easily eventually finally gently gladly
    gradually happily hardly honestly immediately lately later loudly luckily merrily mostly
    nearly nervously never obviously often once outside patiently perfectly politely proudly
    quickly quietly rarely really recently regularly sadly secretly seldom silently slowly
    softly sometimes soon still strangely suddenly surely today together tomorrow tonight twice
    usually warmly weekly yesterday
"""
DAYS = "monday tuesday wednesday thursday friday saturday sunday"
OPEN_CLASSES = {
    "noun": NOUNS,
    "person": PEOPLE,
    "group": GROUPS,
    "place": PLACES,
    "adjective": ADJECTIVES,
    "speaking": SPEAKING,
    "doing": DOING,
    "meeting": MEETING,
    "adverb": ADVERBS,
}
CLOSED_CLASSES = {
    "day": DAYS,
    "title": "mr mrs ms dr miss professor captain judge senator",
    "the": "the the the this that my your his her our their",
    "prep": "in near behind under beside across beyond from to",
    "pronoun": "i you he she we they",
    "object": "me you him her us them",
}
# Words that are names as well: they stand in training in both roles, but are never held-out names.
BOTH = "rose grace hope may mark will bill rich joy frank grant gene bob jack dean iris dawn pearl"

# "who" is filled by a name or by something that stands in just the same place.
TEMPLATES = """
    who speaking that the noun was adjective
    who speaking adverb
    the person meeting who adverb
    pronoun meeting who in place
    pronoun meeting who on day
    who and who doing the adjective noun
    who doing the noun and adverb doing the noun
    on day who doing the noun
    in place who meeting who
    the noun of who was adjective
    the adjective noun from who was adverb adjective
    pronoun adverb meeting who and the person
    have you seen who in place
    who lived near place with who
    who is the person of the noun
    the person from place adverb meeting who
    where is who and who has the noun
    dear who thank you for the adjective noun
    who travelled from place to place with who
    according to who the noun in place is adjective
    the noun prep the noun belongs to who
    pronoun gave the noun to who on day
    the adjective person called who doing the noun
    ask who about the adjective noun
    pronoun doing the adjective noun with who
    who won the noun in place
    who comes from place and speaking adverb
    the group meeting who because the noun was adjective
    when who speaking the group speaking adverb
    is who the person or the person
    pronoun will meet who after noun
    pronoun may call who before day
    the group prep place doing the noun
    the adjective noun prep the noun is adjective
    group doing noun and noun in place
    pronoun doing noun prep the adjective noun
    adverb the person doing the noun with noun
    this noun was made by who for who
    who who and who are adverb adjective
    a letter from who reached place on day
"""
UNSEEN_TEMPLATES = """
    the group in place believed who
    who adverb doing the noun for the person
    after the noun pronoun meeting who and who
    the person asked who about the noun from place
    who was adjective but the person was adjective
    pronoun bought the adjective noun from who
"""
BOTH_TEMPLATES = """
    the rose in the noun is adjective
    pronoun doing the adjective rose
    with grace and hope pronoun doing the noun
    pronoun hope that the person will speak
    in may the noun was adjective
    may pronoun see the noun
    the mark on the noun is adjective
    pronoun will mark the noun on day
    will pronoun meet the person in place
    the bill for the noun was adjective
    the rich person doing the noun with joy
    to be frank the noun was adjective
    the person got a grant in place
    a gene made the noun adjective
    the dean of place speaking adverb
    at dawn the group doing the noun
    the iris prep the noun was adjective
    the person lost a pearl prep place
"""
FIRST_NAMES, LAST_NAMES = 500, 1000


def census_names() -> tuple[list[str], list[str]]:
    """Most frequent given names of both sexes and surnames, in lower case."""
    spec = importlib.util.find_spec("names")
    if spec is None or spec.origin is None:
        raise SystemExit("The Census lists are missing. Install them: pip install names")
    package = Path(spec.origin).parent

    def read(file: str, count: int) -> list[str]:
        lines = (package / file).read_text().splitlines()
        return [line.split()[0].lower() for line in lines[:count]]

    first = read("dist.female.first", FIRST_NAMES) + read("dist.male.first", FIRST_NAMES)
    return list(dict.fromkeys(first)), read("dist.all.last", LAST_NAMES)


def fixed_words() -> set[str]:
    """All words that a sentence may hold in another role than that of a name."""
    lists = [*OPEN_CLASSES.values(), *CLOSED_CLASSES.values()]
    lists += [TEMPLATES, UNSEEN_TEMPLATES, BOTH_TEMPLATES]
    return set(" ".join(lists).split())


def split(words: list[str], share: float, rng: np.random.Generator) -> dict[str, list[str]]:
    """Shuffle, and hold a share of the words out."""
    order = [words[i] for i in rng.permutation(len(words))]
    cut = round(share * len(order))
    return {"heldout": order[:cut], "train": order[cut:]}


def build_lexicon(rng: np.random.Generator) -> dict[str, dict[str, list[str]]]:
    """Words of each class for each split: held-out names are in one split only."""
    first, last = census_names()
    taken = fixed_words()
    both = BOTH.split()
    names = sorted({name for name in (*first, *last) if len(name) > 2} - taken - set(both))
    names_of = split(names, 0.3, rng)
    lexicon: dict[str, dict[str, list[str]]] = {"train": {}, "heldout": {}}
    for part, words in lexicon.items():
        here = set(names_of[part])
        words["first"] = [name for name in first if name in here]
        words["last"] = [name for name in last if name in here]
        for name, text in CLOSED_CLASSES.items():
            words[name] = text.split()
    lexicon["train"]["first"] += both
    for name, text in OPEN_CLASSES.items():
        words_of = split(sorted(set(text.split())), 0.15, rng)
        lexicon["train"][name] = words_of["train"]
        lexicon["heldout"][name] = mix(words_of["train"], words_of["heldout"], rng)
    return lexicon


def mix(known: list[str], new: list[str], rng: np.random.Generator) -> list[str]:
    """Put the new words anywhere among the known ones, whose order stays."""
    words = list(known)
    for word in new:
        words.insert(int(rng.integers(len(words) + 1)), word)
    return words


def draw(words: list[str], rng: np.random.Generator) -> str:
    """Words in front are much more frequent than others, as in real text."""
    return words[int(len(words) * rng.random() ** 2)]


def person_name(words: dict[str, list[str]], rng: np.random.Generator) -> list[tuple[str, int]]:
    """A person as texts mention one; the title is no part of the name."""
    first, last = rng.choice(words["first"]).item(), rng.choice(words["last"]).item()
    form = rng.choice(4, p=[0.4, 0.3, 0.15, 0.15])
    if form == 0:
        return [(first, 1)]
    if form == 1:
        return [(first, 1), (last, 1)]
    if form == 2:
        return [(last, 1)]
    return [(draw(words["title"], rng), 0), (last, 1)]


def somebody(words: dict[str, list[str]], rng: np.random.Generator) -> list[tuple[str, int]]:
    """A name, or else a word that can stand where a name can."""
    form = rng.choice(5, p=[0.6, 0.15, 0.1, 0.1, 0.05])
    if form == 0:
        return person_name(words, rng)
    if form == 1:
        return [(draw(words["the"], rng), 0), (draw(words["person"], rng), 0)]
    if form == 2:
        return [(draw(words["group"], rng), 0)]
    if form == 3:
        return [(draw(words["place"], rng), 0)]
    return [(draw(words["adjective"], rng), 0), (draw(words["group"], rng), 0)]


def sentence(template: str, words: dict[str, list[str]], rng: np.random.Generator) -> Any:
    """Fill a template's slots."""
    tagged: list[tuple[str, int]] = []
    for slot in template.split():
        if slot == "who":
            tagged += somebody(words, rng)
        elif slot in words:
            tagged.append((draw(words[slot], rng), 0))
        else:
            tagged.append((slot, 0))
    return {"words": [word for word, _ in tagged], "tags": [tag for _, tag in tagged]}


def templates_of(part: str) -> list[str]:
    """Held-out sentences use every template, training sentences all but a few."""
    text = TEMPLATES + BOTH_TEMPLATES + (UNSEEN_TEMPLATES * 2 if part == "heldout" else "")
    return [line.strip() for line in text.splitlines() if line.strip()]


def build_vocabulary(sentences: list[dict[str, Any]]) -> dict[str, int]:
    """Frequent words of the training sentences, and frequent beginnings and endings of words."""
    counts = Counter(word for entry in sentences for word in entry["words"])
    words = sorted(word for word, count in counts.items() if count >= 4)
    parts: Counter[str] = Counter()
    for word in counts:
        parts.update({"-" + word[-2:], "-" + word[-3:], word[:2] + "-"})
    frequent = sorted(part for part, count in parts.items() if count >= 8)
    return {key: row for row, key in enumerate(["<unk>", *words, *frequent])}


def columns(sentences: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Words and tags as two lists, one entry a sentence."""
    return {key: [entry[key] for entry in sentences] for key in ("words", "tags")}


def paragraphs(sentences: list[dict[str, Any]], number: int) -> dict[str, list[Any]]:
    """Sentences joined to a few long texts."""
    size = len(sentences) // number
    parts = [columns(sentences[i * size : (i + 1) * size]) for i in range(number)]
    return {key: [list(chain(*part[key])) for part in parts] for key in ("words", "tags")}


def trained(training: list[dict[str, Any]], vocabulary: dict[str, int]) -> dict[str, Any]:
    """Weights of a tagger, for questions that are not about training."""
    text = columns(training)
    batches = make_batches(text["words"], text["tags"], vocabulary, 10)
    start = init_parameters(len(vocabulary), 8, 1, SEED, 0.1)
    parameters, _ = train(batches, 5, start, learning_rate=0.1, max_norm=5.0)
    return {name: np.round(value, 3).tolist() for name, value in parameters.items()}


def write(file: str, value: Any) -> None:
    """One entry a line, so that a change can be read."""
    text = json.dumps(value, separators=(",", ":"))
    text = re.sub(r"(\],|\d,)(?=[\[{\"])", r"\1\n", text)
    path = FOLDER / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Write all files."""
    rng = np.random.default_rng(SEED)
    lexicon = build_lexicon(rng)
    sentences = {}
    for part, count in SENTENCES.items():
        templates = templates_of(part)
        chosen = [templates[rng.integers(len(templates))] for _ in range(count)]
        sentences[part] = [sentence(template, lexicon[part], rng) for template in chosen]
    vocabulary = build_vocabulary(sentences["train"])
    write("data/train.json", columns(sentences["train"]))
    write("data/vocabulary.json", vocabulary)
    write("hidden/heldout.json", columns(sentences["heldout"]))
    write("hidden/paragraphs.json", paragraphs(sentences["heldout"], 5))
    write("hidden/weights.json", trained(sentences["train"], vocabulary))


if __name__ == "__main__":
    main()
