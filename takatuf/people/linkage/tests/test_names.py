"""One person, many spellings: what the name layer promises."""

import csv
import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takatuf.people.linkage import letters
from takatuf.people.linkage.keys import MOST_KEYS
from takatuf.people.linkage.names import keys, name_tokens, normalise, parse, ranked_keys, sort_key_ar

SHARED = Path(os.environ.get("TAKATUF_SHARED_DATA", Path(__file__).parents[5] / "shared" / "data")) / "names"

# Our own table; the spellings are such as one meets on cards and forms.
SPELLINGS = {
    "عبدالله": ("Abdullah", "Abdulla", "Abdallah", "Abd Allah", "Abdula", "Abdollah", "Abdellah"),
    "عبدالعزيز": ("Abdulaziz", "Abdul-Aziz", "Abdelaziz", "Abd Al Aziz", "Abdul Azeez"),
    "عبداللطيف": ("Abdullatif", "Abdul Latif", "Abdulateef", "Abdellatif"),
    "عبدالرحمن": ("Abdurrahman", "Abdulrahman", "Abdel Rahman", "Abderrahmane", "Abdur Rehman"),
    "عبدالنبي": ("Abdulnabi", "Abdul Nabi", "Abdunnabi"),
    "عبدالصمد": ("Abdulsamad", "Abdussamad", "Abdus Samad"),
    "عبدعلي": ("Abdali", "Abd Ali", "Abdul Ali"),
    "عبدالحسين": ("Abdulhussain", "Abdul Hussein", "Abdelhussein"),
    "نورالدين": ("Nooruddin", "Noureddine", "Nur ad-Din", "Nour El-Din", "Nuraldeen", "Nur ud Deen"),
    "صلاحالدين": ("Salahuddin", "Salah Al-Din", "Salaheddine", "Salah Eldin"),
    "شمسالدين": ("Shamsuddin", "Shams Aldeen", "Chamseddine"),
    "جمالالدين": ("Jamaluddin", "Jamal Al-Din", "Jamal Eddine", "Gamal El-Din", "Jamaldeen"),
    "ميزانالرحمن": ("Mizanur Rahman", "Mizan ur Rehman", "Mizanurrahman"),
    "نورالهدي": ("Noor Al Huda", "Nooralhuda", "Nour Alhoda"),
    "علوي": ("Alalawi", "Al-Alawi", "Alawi"),
    "وادي": ("Alwadi", "Al Wadi", "Wadi"),
    "باوزير": ("Bawazir", "Ba Wazir"),
    "نصرالله": ("Nasrallah", "Nasr Allah", "Nasrulla", "Nasrullah"),
    "هبهالله": ("Hebatallah", "Hibatullah", "Hebat Allah"),
    "ابوالحسن": ("Abu Al Hassan", "Abulhasan", "Aboul Hassan", "Abol Hasan"),
    "ذكري": ("Thikra", "Dhikra", "Zekra"),
    "ذوالفقار": ("Zulfiqar", "Dhulfiqar", "Thulfiqar"),
    "كاظم": ("Kadhim", "Kazem", "Kathem", "Kadhem"),
    "فاضل": ("Fadhel", "Fadel", "Fazel", "Fadhil"),
    "رضا": ("Redha", "Reza", "Ridha", "Rida"),
    "معاذ": ("Muath", "Moaz", "Muadh"),
    "قحطاني": ("Alqahtani", "Al-Kahtani", "Gahtani", "Al Qahtani"),
    "دوسري": ("Al-Dosari", "Aldossary", "Al Dossari", "Dosari", "AlDosari", "Ad-Dosari"),
    "شملان": ("Al-Shamlan", "Ash-Shamlan", "Ashshamlan", "Alshamlan"),
    "نعيمي": ("Al Nuaimi", "An-Nuaimi", "Alnoaimi", "Annuaimi"),
    "عصفور": ("Al-Asfoor", "Alasfour", "Asfur"),
    "ادهم": ("Adham", "Edhem"),
    "فتحيه": ("Fathiya", "Fatheya", "Fathia"),
    "اسحاق": ("Ishaq", "Eshaq", "Is'haq", "Ishak"),
    "خديجه": ("Khadija", "Khadeejah", "Kadija", "Khadiga"),
    "فاطمه": ("Fatima", "Fatema", "Fatimah", "Fatma"),
    "شيخه": ("Shaikha", "Sheikha", "Shaikhah"),
    "لولوه": ("Lulwa", "Lolwah", "Luluwa"),
    "حياه": ("Hayat", "Hayah", "Haya"),
    "مني": ("Muna", "Mona"),
    "ضحي": ("Dhuha", "Doha", "Duha"),
    "غاده": ("Ghada", "Ghadah", "Gada"),
    "جيهان": ("Jihan", "Gehan", "Jehan"),
    "طه": ("Taha", "Toha"),
    "وايل": ("Wael", "Wail", "Ouael"),
    "عيسي": ("Isa", "Essa", "Eisa", "Issa"),
    "محمد": ("Mohammed", "Mohamed", "Muhammad", "Mohd", "Mohd.", "Muhd", "Mohamad", "MOHAMMED"),
    "الهام": ("Ilham", "Elham"),
    "عنبر": ("Anbar", "Ambar"),
    "حسين": ("Hussain", "Hussein", "Husain", "Hussien", "Houcine"),
}


@pytest.mark.parametrize("arabic", SPELLINGS)
def test_every_latin_spelling_meets_the_arabic_one(arabic: str) -> None:
    missed = [latin for latin in SPELLINGS[arabic] if not keys(arabic) & _keys_of_only_part(latin)]
    assert not missed, f"{arabic} {ranked_keys(arabic)} is not met by {missed}"


def _keys_of_only_part(latin: str) -> frozenset[str]:
    parts = parse(latin).parts
    assert len(parts) == 1, parts
    return keys(parts[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("محمد", "Ahmed"),
        ("فاطمة", "Fathi"),
        ("عبدالله", "Abd Ali"),
        ("خالد", "Jalal"),
        ("سالم", "Sami"),
        ("علي", "Isa"),
    ],
)
def test_different_names_stay_apart(one: str, other: str) -> None:
    assert not keys(one) & _keys_of_only_part(other)


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("محمد بن عبد الله بن علي آل خليفة", ("محمد", "عبدالله", "علي", "خليفه")),
        ("فاطمة بنت أبي بكر", ("فاطمه", "ابي", "بكر")),
        ("الشيخ عيسى بن علي", ("عيسي", "علي")),
        ("د. أمينة علي حسن", ("امينه", "علي", "حسن")),
        ("السيد علي", ("سيد", "علي")),
        ("عبد الرحمن صلاح الدين أبو بكر", ("عبدالرحمن", "صلاحالدين", "ابوبكر")),
        ("إلهام محمد", ("الهام", "محمد")),
        ("Mohd. bin Abdul Rahman Al-Qassim", ("mohammed", "abdulrahman", "qassim")),
        ("AlDosari, Maryam Ali", ("maryam", "ali", "dosari")),
        ("As-Sayed Ali Hasan", ("ali", "hasan")),
        ("Zia-ur-Rehman Khan", ("ziaalrehman", "khan")),
        ("Md Ali", ("mohammed", "ali")),
        ("Ali Hasan MD", ("ali", "hasan", "md")),
        ("", ()),
        ("٠١٢ 345 --", ()),
    ],
)
def test_a_full_name_is_cut_into_the_parts_a_person_is_called_by(
    written: str, parts: tuple[str, ...]
) -> None:
    assert parse(written).parts == parts


def test_given_father_and_family_are_told_from_their_places() -> None:
    four = parse("مريم علي حسن الدوسري")
    assert (four.given, four.father, four.family, four.script) == ("مريم", "علي", "دوسري", "arabic")
    two = parse("Maryam Ali")
    assert (two.given, two.father, two.family, two.script) == ("maryam", "ali", "ali", "latin")
    with_article = parse("مريم الدوسري")
    assert (with_article.given, with_article.father, with_article.family) == ("مريم", "", "دوسري")
    assert parse("Maryam علي").script == "mixed"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("محمد علي", "Mohammed Ali"),
        ("مريم علي حسن الدوسري", "Mariam Ali Hasan Al Dosari"),
        ("مريم علي حسن الدوسري", "ALDOSSARY, MARYAM"),
        ("نور الهدى جعفر المرزوق", "Noor Alhuda Al-Marzooq"),
        ("قاسم عبد الجليل", "Gassim Abduljaleel"),
    ],
)
def test_two_spellings_of_one_full_name_share_a_token(one: str, other: str) -> None:
    assert set(name_tokens(one)) & set(name_tokens(other))


def test_tokens_are_few_composite_and_the_same_each_time() -> None:
    name = "جاسم قاسم ضياء الدين آل ذخيرة"
    tokens = name_tokens(name)
    assert tokens == name_tokens(name)
    assert len(tokens) <= 12
    assert len(set(tokens)) == len(tokens)
    assert all("|" in value for _, value in tokens)
    assert name_tokens("مريم") == []


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("أَحْمَدُ", "احمد"),
        ("إبراهيم آدم ٱلله", "ابراهيم ادم الله"),
        ("مُؤْمِنَة هنـــاء", "مومنه هنا"),
        ("مصطفى رائد", "مصطفي رايد"),
        ("\u202bعلی\u202c کریم\u200f", "علي كريم"),
        ("عبد\u200cالله", "عبدالله"),
        ("ﷲ ﻣﺤﻤﺪ", "الله محمد"),
        ("  Ḥusayn   ʿAlī ", "husayn ali"),
        ("Sa'ad-Aldin 3rd", "saad aldin rd"),
        ("Zoë Łukasz Straße", "zoe lukasz strasse"),
    ],
)
def test_normal_form(written: str, normal: str) -> None:
    assert normalise(written) == normal


@given(st.text(max_size=700))
def test_normalising_is_idempotent_and_bounded_whatever_is_typed(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert len(once) <= letters.LONGEST


arabic_names = st.text(alphabet="ابتثجحخدذرزسشصضطظعغفقكلمنهوي", min_size=1, max_size=20)


@given(arabic_names, st.sampled_from("ًٌٍَُِّْٰ\u200f\u200b\u0640"))
def test_vowel_signs_and_invisible_letters_change_no_key(name: str, sign: str) -> None:
    assert keys(name) == keys(sign.join(name) + sign)


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser_and_keys_are_few_and_plain(text: str) -> None:
    name = parse(text)
    assert name.given == (name.parts[0] if name.parts else "")
    for part in name.parts:
        assert " " not in part
        assert normalise(part) == part
        assert len(keys(part)) <= MOST_KEYS
        assert all(key.isascii() and key.isupper() for key in keys(part))
    assert len(name_tokens(text)) <= 12


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=15))
def test_case_and_accents_change_no_key(name: str) -> None:
    assert keys(name) == keys(name.upper()) == keys(unicodedata.normalize("NFD", name.replace("e", "é")))


def test_arabic_comes_in_the_order_of_its_alphabet_and_latin_after_it() -> None:
    in_order = [
        "إبراهيم",
        "أحمد",
        "آمنة",
        "باسم",
        "جابر علي",
        "جابرة",
        "فاطمة",
        "منى",
        "هدى",
        "وليد",
        "ياسر",
        "Ali",
        "Zaid",
    ]
    assert sorted(set(in_order), key=sort_key_ar) == in_order


def test_a_sort_key_can_be_stored_anywhere_and_separates_what_is_written_differently() -> None:
    assert "\x00" not in sort_key_ar("أحمد علي")
    assert sort_key_ar("احمد") != sort_key_ar("أحمد")
    assert sort_key_ar("احمد") < sort_key_ar("أحمد") < sort_key_ar("احمد علي")


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the shared list {name} is not on this machine (TAKATUF_SHARED_DATA names its folder)")
    return path


def test_recall_on_the_curated_list_is_at_least_99_of_100() -> None:
    with shared("gold_cross_script_404names.csv").open(encoding="utf-8") as file:
        pairs = [(row["arabic_normalised"], row["latin_variant"]) for row in csv.DictReader(file)]
    missed = [(arabic, latin) for arabic, latin in pairs if not keys(arabic) & keys(latin)]
    assert len(missed) <= len(pairs) // 100, missed


def test_recall_on_words_mined_from_an_encyclopaedia_half_of_them_foreign_stays_high() -> None:
    rows = [row.split("\t") for row in shared("google_ar2en.tsv").read_text(encoding="utf-8").splitlines()]
    pairs = [(row[0], row[1]) for row in rows if len(row) == 2 and len(row[0]) > 2]
    arabic_words = [pair for pair in pairs if set(pair[0]) & set("حعصضط")]
    assert _recall(pairs) >= 0.85
    assert _recall(arabic_words) >= 0.92


def _recall(pairs: list[tuple[str, str]]) -> float:
    return sum(bool(keys(arabic) & keys(latin)) for arabic, latin in pairs) / len(pairs)
