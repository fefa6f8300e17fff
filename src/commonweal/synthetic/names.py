"""Invented names. Family names are put together from parts, so that they are many and no list of real people is needed."""

from __future__ import annotations

import numpy as np

from commonweal.synthetic.draw import Bools, Ints

_FAMILY = {
    "white": (
        "Ash Black Brad Brook Carl Clay Cross Dal Dun East Edge Fair Farn Gar Glen Green Hal Hart Haw Hol Kent King Lang Lin Mar "
        "Med Mid Nor Oak Pem Rad Red Rock Sand Shel South Stan Stock Thorn Wake Wal West Whit Win Wood Yar",
        "bourne bridge brook bury by cliffe combe cott croft dale den field ford gate ham hill hurst land ley lock man more "
        "ridge sett shaw smith son stead stone ton wick wood worth",
    ),
    "asian": (
        "Agar Anan Bal Bhat Chaud Chop Das Desh Gan Gup Ham Iq Jay Kap Kri Kul Kum Mal Meh Meht Nar Pat Prak Raj Ram Sal San "
        "Sha Shar Sin Sri Sub Tar Tha Var Ven Vis Wij",
        "a al an ani ar as awa deep dhury el esh hani har ia ik in kar kumar lal man mani nathan oor palan qbal rao singhe ta "
        "thi um ury varma wala",
    ),
    "black": (
        "Abe Ade Agye Aki Ama Asa Ban Boa Cham Dada Eze Fola Gar Grif Jam Jo Kama Kwa Lew Mbe Mens Mor Nde Nwo Oba Oda Oke Olu "
        "Omo Osei Owu Pha Rob Ste Tay Uche Wil",
        "biyi bola bert chi chukwu dele di gba go inson jare kare kwe la lade ma mah mide moah nde ngo nola nu ola phen rin sah "
        "sei son tola tu wale wusu yemi",
    ),
    "other": (
        "Abd Ahm Al Bash Dar El Fah Far Gha Had Ham Has Hus Ibr Jab Kar Khal Lin Mah Man Mus Nas Qas Rah Sal San Say Tah Wan "
        "Yam Yus Zah Zam",
        "a ahi ani ari ar as ass awi eed eh el er i iani idi im in ir kour mad mi min mood oudi our ra ri sani wi yad",
    ),
}
_GIVEN = {
    ("white", False): "Adam Alan Alexander Andrew Benjamin Charles Christopher Daniel David Edward George Henry Jack Jakub James John "
    "Joseph Luca Luke Marek Mark Matthew Michael Oliver Patrick Paul Peter Richard Robert Samuel Simon Stephen Thomas Tomasz William",
    ("white", True): "Alice Amelia Amy Anna Barbara Catherine Charlotte Claire Deborah Elizabeth Ella Emily Emma Eva Grace Hannah Helen "
    "Isabella Jane Joanna Julie Karen Katarzyna Laura Lucy Margaret Maria Mary Olivia Rachel Rebecca Sarah Sophie Susan Victoria",
    ("asian", False): "Aarav Abdul Ahmed Ajay Akash Amir Amit Anil Arjun Ashok Bilal Dev Faisal Hamza Imran Jayesh Kabir Karan Kiran "
    "Mohammed Nikhil Omar Pradeep Rahul Raj Rajesh Ravi Rohan Sanjay Sunil Suresh Tariq Vijay Vikram Yusuf",
    ("asian", True): "Aisha Amina Anita Anjali Asha Ayesha Bhavna Deepa Divya Fatima Geeta Hansa Jaya Kavita Khadija Lakshmi Leela Meena "
    "Nasreen Neha Nisha Pooja Priya Radha Rani Riya Sana Saira Shanti Sita Sunita Uma Usha Yasmin Zara",
    ("black", False): "Abdi Adebayo Akin Anthony Chidi Clive Daniel Delroy Emeka Emmanuel Errol Femi Isaac Ishmael Joseph Joshua Junior Kofi "
    "Kwame Leroy Marcus Michael Nathan Nelson Obi Olu Samuel Segun Solomon Tunde Winston Yaw Yusuf Zachary Zion",
    ("black", True): "Abena Ade Ama Amara Angela Blessing Chioma Comfort Denise Efua Esther Faith Folake Funmi Gloria Grace Hawa Ifeoma "
    "Joy Leila Marcia Mercy Naomi Ngozi Nkechi Patience Precious Ruth Sade Sharon Shanice Temi Tiana Yetunde Zainab",
    ("other", False): "Ahmad Ali Amin Bassam Chen Dariush Elias Farid Ghassan Hadi Hassan Hussein Ibrahim Jamal Jin Karim Khalid Li Mahmoud "
    "Majid Mehdi Mustafa Nabil Omid Rami Reza Saeed Salim Samir Tariq Walid Wei Yousef Ziad Zhang",
    ("other", True): "Aisha Amal Azadeh Basma Dina Fatemeh Farah Hala Hanan Huda Iman Jamila Khadija Laila Layla Li Lina Maha Mariam Maryam "
    "Mei Mona Nadia Najwa Noor Rana Rania Reem Roya Salma Samira Shirin Xin Yasmin Zahra",
}  # fmt: skip
_GROUP = ("white", "other", "asian", "black", "other")
"""Names used by each broad group; people of mixed heritage take the household's."""
STREETS = [
    "Acacia",
    "Alder",
    "Ash",
    "Beech",
    "Birch",
    "Cedar",
    "Cherry",
    "Chestnut",
    "Church",
    "Cross",
    "Elm",
    "Fern",
    "Field",
    "Garden",
    "Grange",
    "Green",
    "Hawthorn",
    "Hazel",
    "High",
    "Hill",
    "Holly",
    "Ivy",
    "Juniper",
    "Laurel",
    "Lime",
    "Linden",
    "Manor",
    "Maple",
    "Meadow",
    "Mill",
    "North",
    "Oak",
    "Orchard",
    "Park",
    "Pine",
    "Poplar",
    "Priory",
    "Queens",
    "Rowan",
    "School",
    "South",
    "Spring",
    "Station",
    "Sycamore",
    "Vale",
    "Victoria",
    "Walnut",
    "West",
    "Willow",
    "Yew",
]
KINDS = ("Road", "Street", "Avenue", "Close", "Gardens", "Lane", "Way", "Court")


def family_tables() -> tuple[np.ndarray, Ints, Ints]:
    """All family names, with the first index and the count of each broad group."""
    tables = [[a + b for a in _FAMILY[group][0].split() for b in _FAMILY[group][1].split()] for group in _GROUP]
    counts = np.array([len(table) for table in tables])
    return np.array([word for table in tables for word in table]), np.concatenate([[0], np.cumsum(counts)[:-1]]), counts


def given_tables() -> tuple[np.ndarray, Ints, Ints]:
    """All given names, with the first index and the count of each broad group × sex (2 × group + woman)."""
    tables = [_GIVEN[group, woman].split() for group in _GROUP for woman in (False, True)]
    counts = np.array([len(table) for table in tables])
    return np.array([word for table in tables for word in table]), np.concatenate([[0], np.cumsum(counts)[:-1]]), counts


def draw_family(rng: np.random.Generator, broad: Ints) -> Ints:
    """A family name for each broad group; common names are commoner (square law)."""
    _, first, count = family_tables()
    return first[broad] + (rng.random(len(broad)) ** 2 * count[broad]).astype(np.int64)


def draw_given(rng: np.random.Generator, broad: Ints, woman: Bools) -> Ints:
    """A given name for each broad group and sex."""
    _, first, count = given_tables()
    row = broad * 2 + woman
    return first[row] + (rng.random(len(row)) ** 1.5 * count[row]).astype(np.int64)


def address(number: Ints, street: Ints) -> np.ndarray:
    """First lines of addresses."""
    words = np.array([f"{name} {kind}" for kind in KINDS for name in STREETS])
    return np.char.add(np.char.add(number.astype(str), " "), words[street % len(words)])
