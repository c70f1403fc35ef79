"""Names in scripts other than Latin, each with the Latin spelling that a conversation uses."""

import random
from typing import NamedTuple

_Pairs = tuple[tuple[str, str], ...]  # as written at home, and in Latin letters


class Name(NamedTuple):
    """A name as its bearer writes it, and its parts in Latin letters."""

    written: str
    first: str
    last: str


class Alphabet(NamedTuple):
    """First and last names of one alphabet."""

    female: _Pairs
    male: _Pairs
    last_female: _Pairs
    last_male: _Pairs
    family_first: bool = False

    def draw(self, source: random.Random, female: bool) -> Name:
        """Return one of the names."""
        first = source.choice(self.female if female else self.male)
        last = source.choice(self.last_female if female else self.last_male)
        written = (last[0], first[0]) if self.family_first else (first[0], last[0])
        return Name(" ".join(written), first[1], last[1])


_JAPANESE = (("村上", "Murakami"), ("佐藤", "Sato"), ("中村", "Nakamura"), ("小林", "Kobayashi"), ("山口", "Yamaguchi"))
_ARABIC = (("حداد", "Haddad"), ("منصور", "Mansour"), ("خوري", "Khoury"), ("نصار", "Nassar"), ("سليمان", "Suleiman"))
_HINDI = (("शर्मा", "Sharma"), ("वर्मा", "Verma"), ("गुप्ता", "Gupta"), ("सिंह", "Singh"), ("मेहता", "Mehta"))

ALPHABETS = {
    "japanese": Alphabet(
        (("桃子", "Momoko"), ("直美", "Naomi"), ("陽子", "Yoko"), ("明美", "Akemi")),
        (("健", "Ken"), ("直樹", "Naoki"), ("太郎", "Taro"), ("浩", "Hiroshi")),
        _JAPANESE,
        _JAPANESE,
        family_first=True,
    ),
    "russian": Alphabet(
        (("Галина", "Galina"), ("Анна", "Anna"), ("Ольга", "Olga"), ("Вера", "Vera")),
        (("Пётр", "Pyotr"), ("Иван", "Ivan"), ("Сергей", "Sergey"), ("Борис", "Boris")),
        (("Никонова", "Nikonova"), ("Волкова", "Volkova"), ("Орлова", "Orlova"), ("Лебедева", "Lebedeva")),
        (("Никонов", "Nikonov"), ("Волков", "Volkov"), ("Орлов", "Orlov"), ("Лебедев", "Lebedev")),
    ),
    "arabic": Alphabet(
        (("ليلى", "Layla"), ("مريم", "Maryam"), ("سارة", "Sara"), ("نور", "Nour")),
        (("أحمد", "Ahmad"), ("عمر", "Omar"), ("يوسف", "Yousef"), ("خالد", "Khaled")),
        _ARABIC,
        _ARABIC,
    ),
    "hindi": Alphabet(
        (("प्रिया", "Priya"), ("अनीता", "Anita"), ("मीरा", "Meera"), ("कविता", "Kavita")),
        (("राहुल", "Rahul"), ("अमित", "Amit"), ("विजय", "Vijay"), ("अर्जुन", "Arjun")),
        _HINDI,
        _HINDI,
    ),
}
