"""How does an address become a QR code in a tenth of a millisecond, a print run of thousands through?

segno draws one code of each size; its frame (what is not data) and the places of the data are kept. From then on an
address is bytes, Reed-Solomon remainders, and one lookup for each byte: all its dots at once, as the bits of one
number. The number is laid out as the rows of a PNG. tests/house/test_qr.py holds each size against segno.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from typing import Final

import segno
from segno import consts

MASK: Final = 0
"""A chequered pattern: (row + column) is even. All eight patterns can be read; to try each for the fairest would cost
more than the rest of the paper.
"""
# error correction L: of each version the blocks, the bytes of data in each, the bytes of correction in each
SIZES: Final = (
    (1, 19, 7), (1, 34, 10), (1, 55, 15), (1, 80, 20), (1, 108, 26),
    (2, 68, 18), (2, 78, 20), (2, 97, 24), (2, 116, 30),
)  # fmt: skip
PADDING: Final = b"\xec\x11"
DATA: Final = (consts.TYPE_DATA_DARK, consts.TYPE_DATA_LIGHT)


def png(url: str) -> bytes:
    """The code of an address as a PNG, a pixel for each dot, no white around it."""
    data = url.encode()
    for version, (blocks, size, _) in enumerate(SIZES, start=1):
        if len(data) + 2 <= blocks * size and url.isascii():
            return _Frame.of(version).png(data)
    written = io.BytesIO()
    _drawn(url).save(written, kind="png", scale=1, border=0)
    return written.getvalue()


def _drawn(url: str, version: int | None = None) -> segno.QRCode:
    return segno.make_qr(url, error="l", boost_error=False, mask=MASK, version=version, mode="byte")


class _Frame:
    """A version of code: its dots are the bits of a number, row by row, with the byte that begins a row of a PNG."""

    def __init__(self, version: int) -> None:
        self._blocks, self._size, self._correction = SIZES[version - 1]
        rows = [list(row) for row in _drawn("x", version).matrix_iter(border=0, verbose=True)]
        self._width = len(rows)
        rows[8][self._width - 9] = consts.TYPE_DATA_LIGHT  # segno takes this dot for one that tells the format
        self._row = 8 * (1 + (self._width + 7) // 8)
        self._bits = self._row * self._width
        # a dot that tells something is dark where its kind is a large number; of data, the mask is what is left
        self._base = sum(
            self._bit(y, x)
            for y, row in enumerate(rows)
            for x, kind in enumerate(row)
            if ((y + x) % 2 if kind in DATA else not kind >> 8)
        )
        self._places = [self._bit(y, x) for y, x in _zigzag(self._width) if rows[y][x] in DATA]
        self._dots: list[dict[int, int]] = [{} for _ in range(self._blocks * (self._size + self._correction))]
        self._remainders = _remainders(self._correction)

    @staticmethod
    @cache
    def of(version: int) -> "_Frame":
        return _Frame(version)

    def _bit(self, y: int, x: int) -> int:
        return 1 << (self._bits - 1 - (y * self._row + 8 + x))

    def png(self, data: bytes) -> bytes:
        dots = self._base
        for place, (value, known) in enumerate(zip(self._codewords(data), self._dots, strict=True)):
            found = known.get(value)
            if found is None:
                places = self._places[8 * place : 8 * place + 8]
                found = known[value] = sum(bit for n, bit in enumerate(places) if value >> (7 - n) & 1)
            dots ^= found
        head = struct.pack(">IIBBBBB", self._width, self._width, 1, 0, 0, 0, 0)
        packed = zlib.compress(dots.to_bytes(self._bits // 8, "big"), 1)
        return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")

    def _codewords(self, data: bytes) -> bytes:
        """Mode, length, data, padding; then what corrects errors; the blocks' bytes in turn."""
        total = self._blocks * self._size
        number = ((0b0100 << 8 | len(data)) << 8 * len(data) | int.from_bytes(data, "big")) << 4
        filled = number.to_bytes(len(data) + 2, "big")
        filled += (b"\0" + PADDING * total)[: total - len(filled)]  # segno's zero; a reader has stopped before it
        parts = [filled[start : start + self._size] for start in range(0, total, self._size)]
        return _in_turn(parts) + _in_turn([self._corrected(part) for part in parts])

    def _corrected(self, part: bytes) -> bytes:
        """The remainder of the division by the generator polynomial, with the bytes as coefficients."""
        rest, top, low = 0, 8 * (self._correction - 1), (1 << 8 * (self._correction - 1)) - 1
        for byte in part:
            rest = (rest & low) << 8 ^ self._remainders[byte ^ rest >> top]
        return rest.to_bytes(self._correction, "big")


def _in_turn(parts: list[bytes]) -> bytes:
    return bytes(byte for each in zip(*parts, strict=True) for byte in each)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _zigzag(width: int) -> Iterator[tuple[int, int]]:
    """The dots in the order in which bits are written: two columns at a time, from the right, up and down in turn."""
    rows, upwards = range(width), True
    for right in (*range(width - 1, 6, -2), *range(5, 0, -2)):  # column 6 is a timing line
        for y in reversed(rows) if upwards else rows:
            yield y, right
            yield y, right - 1
        upwards = not upwards


def _remainders(degree: int) -> list[int]:
    """For each byte: that many times the generator polynomial without its first coefficient, in GF(256)."""
    coefficients = [1]
    root = 1
    for _ in range(degree):
        shifted = [*coefficients, 0]
        for n, each in enumerate(coefficients):
            shifted[n + 1] ^= _product(each, root)
        coefficients, root = shifted, _product(root, 2)
    return [int.from_bytes(bytes(_product(byte, each) for each in coefficients[1:]), "big") for byte in range(256)]


def _product(a: int, b: int) -> int:
    """In GF(256) with the polynomial 0x11d."""
    found = 0
    while b:
        if b & 1:
            found ^= a
        a = a << 1 ^ (0x11D if a & 0x80 else 0)
        b >>= 1
    return found
