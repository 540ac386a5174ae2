"""Made-up people: names, dates of birth and identity numbers with right check digits, the same ones on every run."""

import datetime as dt

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "秀兰 建国 玉梅 志强 桂英 德福 淑珍 长顺 春花 永安 小红 文斌 凤霞 国栋 金凤 海涛 翠萍 庆丰 晓燕 宝山 月娥 振华 彩云 大勇 雪梅 立新 爱珍 明亮 红霞 福来".split()
CHILDREN = "子涵 梓轩 一诺 浩宇 欣怡 宇航 诗涵 俊杰 可馨 沐阳".split()
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class Numbers:
    """A stream of numbers that is the same on every run and on every version of Python."""

    def __init__(self, seed):
        self.state = seed * 2654435761 % 2**32 or 1

    def below(self, bound):
        self.state = (1103515245 * self.state + 12345) % 2**31
        return (self.state >> 8) % bound

    def pick(self, items):
        return items[self.below(len(items))]


def check_digit(first17):
    """The check character of GB 11643 for the first 17 digits."""
    rest = sum(int(digit) * weight for digit, weight in zip(first17, WEIGHTS)) % 11
    return "10X98765432"[rest]


def id_number(area, birth, order):
    """An identity number: area code, date of birth, order (odd for men)."""
    first17 = f"{area}{birth:%Y%m%d}{order:03d}"
    return first17 + check_digit(first17)


def credit_code(order, area):
    """A unified social credit code with a right check character (GB 32100)."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    first17 = f"12{area}MB{order:07d}"
    first17 = first17[:17].ljust(17, "0")
    weights = [pow(3, place, 31) for place in range(17)]
    rest = sum(letters.index(c) * weight for c, weight in zip(first17, weights)) % 31
    return first17 + letters[(31 - rest) % 31]


class People:
    """Hands out people of one county."""

    def __init__(self, area, seed):
        self.area, self.numbers, self.count = area, Numbers(seed), 0

    def name(self, given=GIVEN):
        self.count += 1
        return SURNAMES[(self.count * 7 + self.numbers.below(5)) % len(SURNAMES)] + given[(self.count * 11) % len(given)]

    def person(self, year, given=GIVEN):
        """A person born in `year`: 姓名, 身份证号, 出生日期, 性别, 联系电话."""
        birth = dt.date(year, 1 + self.numbers.below(12), 1 + self.numbers.below(28))
        order = 100 + self.count % 800
        name = self.name(given)
        return {
            "姓名": name,
            "身份证号": id_number(self.area, birth, order),
            "出生日期": birth,
            "性别": "男" if order % 2 else "女",
            "联系电话": f"139{self.numbers.below(10**8):08d}",
        }


def age_at(birth, day):
    """Complete years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
