"""Are our QR codes those of segno, dot by dot, in each size?"""

import io
import random
import string

import pytest
import segno
from PIL import Image

from alarmdesk.lib import qr


def dots_of(png):
    with Image.open(io.BytesIO(png)) as picture:
        width, height = picture.size
        return [[int(not picture.getpixel((x, y))) for x in range(width)] for y in range(height)]


def address(length):
    dice = random.Random(length)
    return "https://a.example/" + "".join(dice.choices(string.ascii_letters + string.digits + "-_.:/?=", k=length - 18))


# the shortest and longest of each version, and two beyond what we draw ourselves
@pytest.mark.parametrize(
    "length", [19, 32, 33, 53, 54, 78, 79, 97, 106, 107, 134, 135, 154, 155, 192, 193, 230, 231, 400]
)
def test_every_dot_is_where_segno_puts_it(length):
    url = address(length)
    expected = segno.make_qr(url, error="l", boost_error=False, mask=0, mode="byte")
    assert dots_of(qr.png(url)) == [[int(dot) for dot in row] for row in expected.matrix]


def test_a_short_word_and_letters_beyond_ascii_have_a_code_too():
    for url in ("https://a.ex", "https://bücher.example/zahlen"):
        expected = segno.make_qr(url, error="l", boost_error=False, mask=0, mode="byte")
        assert dots_of(qr.png(url)) == [[int(dot) for dot in row] for row in expected.matrix]
