"""Rules for a whole mail, as bytes between DATA and the final dot with dots unstuffed (SM2, SM4 to SM7)."""

import email
import email.policy
import re
from email.utils import parsedate_to_datetime

ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type")
AT_MOST_ONCE = ("In-Reply-To", "References", "Auto-Submitted", "X-Monitord-Incident", "X-Monitord-Kind", "X-Monitord-Resent")
KNOWN = {name.lower() for name in ONCE + AT_MOST_ONCE}
KINDS = ("trigger", "update", "acknowledge", "resolve", "delayed", "digest", "test")
ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+"
# RFC 6532, section 3.1, without the second set of control characters; an octet that is not UTF-8 was read as a surrogate.
UTF8_NON_ASCII = re.compile("[\u00a0-\ud7ff\ue000-\U0010ffff]")
IDENTIFIER = re.compile(rf"<({ATEXT})@([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])>")
ENCODED_WORD = re.compile(r"=\?[A-Za-z0-9-]+\?[BbQq]\?[!->@-~]*\?=")


def line_rules(data, eight_bit=False, utf8=False):
    """SM2: CRLF only, no NUL, at most 998 octets a line, 7-bit unless declared: SMTPUTF8 declares the headers (RFC 6532)."""
    bare = data.replace(b"\r\n", b"")
    if b"\r" in bare or b"\n" in bare:
        yield "SM2", "a bare CR or LF"
    if b"\0" in data:
        yield "SM2", "a NUL"
    longest = max((len(line) for line in data.split(b"\r\n")), default=0)
    if longest > 998:
        yield "SM2", f"a line of {longest} octets"
    if not eight_bit and not (data.partition(b"\r\n\r\n")[2] if utf8 else data).isascii():
        yield "SM2", "8-bit octets that were not declared"
    if not data.endswith(b"\r\n"):
        yield "SM2", "the last line has no CRLF"


def split_headers(data):
    """(name, raw value with its folds) of each header, and the raw lines that are none."""
    head = data.partition(b"\r\n\r\n")[0].decode("utf-8", "surrogateescape")
    headers, strange = [], []
    for line in head.split("\r\n"):
        if line[:1] in (" ", "\t") and headers:
            headers[-1] = (headers[-1][0], headers[-1][1] + "\r\n" + line)
        elif re.match(r"[!-9;-~]+:", line):
            name, _, value = line.partition(":")
            headers.append((name, value))
        else:
            strange.append(line)
    return headers, strange


def header_rules(data, now, max_age=300, utf8=False):
    """SM4 and SM5."""
    headers, strange = split_headers(data)
    names = [name.lower() for name, _ in headers]
    if strange:
        yield "SM4", f"not a header: {strange[0][:60]!r}"
    for name in ONCE:
        if names.count(name.lower()) != 1:
            yield "SM4", f"{names.count(name.lower())} headers {name}, not one"
    for name in AT_MOST_ONCE:
        if names.count(name.lower()) > 1:
            yield "SM4", f"{names.count(name.lower())} headers {name}"
    for name in names:
        if name not in KNOWN:
            yield "SM4", f"the header {name} is not one of ours: injected?"
    for name, value in headers:
        yield from one_header_rules(name, value, utf8 and name.lower() in ("from", "to"))
    values = {name.lower(): re.sub(r"\r\n[ \t]+", " ", value).strip() for name, value in headers}
    yield from date_rule(values.get("date", ""), now, max_age)
    if not IDENTIFIER.fullmatch(values.get("message-id", "")):
        yield "SM4", f"Message-ID is {values.get('message-id')!r}"
    if values.get("auto-submitted") != "auto-generated":
        yield "SM5", "Auto-Submitted is not auto-generated"
    if not values.get("x-monitord-incident"):
        yield "SM5", "X-Monitord-Incident is missing"
    if values.get("x-monitord-kind") not in KINDS:
        yield "SM5", f"X-Monitord-Kind is {values.get('x-monitord-kind')!r}"


def one_header_rules(name, value, utf8=False):
    """With `utf8` characters outside ASCII may stand as they are: of our headers in addresses alone."""
    for index, line in enumerate((name + ":" + value).split("\r\n")):
        foldable = re.search(r"\S[ \t]+\S", line if index else line.partition(":")[2])
        if len(line) > 78 and foldable:
            yield "SM4", f"a line of {len(line)} characters in {name} that could be folded at 78"
    if utf8:
        value = UTF8_NON_ASCII.sub("u", value)
    if any(ord(character) > 126 or (ord(character) < 32 and character not in "\r\n\t") for character in value):
        yield "SM4", f"{name} has a character outside printable ASCII"
    for word in re.split(r"\s+", value):
        if word.startswith("=?"):
            if not ENCODED_WORD.fullmatch(word):
                yield "SM4", f"{name} has a broken encoded word"
            elif len(word) > 75:
                yield "SM4", f"{name} has an encoded word of {len(word)} characters"


def date_rule(text, now, max_age=300):
    """Not more than `max_age` seconds old, for a mail is dated when it was decided, and not more than 5 minutes ahead."""
    if not re.search(r" [+-]\d{4}$", text):
        yield "SM4", f"Date has no numeric zone: {text!r}"
        return
    try:
        age = now - parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError):
        yield "SM4", f"Date cannot be read: {text!r}"
        return
    if age > max_age or age < -300:
        yield "SM4", f"Date is {age:.0f} s away"


def thread_rules(values, known):
    """SM6: a reply names a mail that was sent, in In-Reply-To and first in References."""
    parent = values.get("in-reply-to")
    references = values.get("references", "").split()
    if (parent is None) != (not references):
        yield "SM6", "In-Reply-To and References do not go together"
    elif parent is not None:
        if parent not in known:
            yield "SM6", f"In-Reply-To names {parent}, which was never sent"
        if references[0] != parent:
            yield "SM6", "References does not begin with the first mail"


def parts_rules(data):
    """SM7: multipart/alternative with text, then HTML, both in UTF-8 and readable; a boundary that no content holds."""
    mail = email.message_from_bytes(data, policy=email.policy.default)
    if mail.get_content_type() != "multipart/alternative":
        yield "SM7", f"the content type is {mail.get_content_type()}"
        return
    boundary = (mail.get_boundary() or "").encode()
    if not data.rstrip(b"\r\n").endswith(b"--" + boundary + b"--"):
        yield "SM7", "the closing boundary is missing"
    parts = mail.get_payload()
    if [part.get_content_type() for part in parts] != ["text/plain", "text/html"]:
        yield "SM7", "the parts are not text/plain, then text/html"
        return
    for part in parts:
        if (part.get_content_charset() or "") != "utf-8":
            yield "SM7", f"{part.get_content_type()} is not in utf-8"
        content = part.get_payload(decode=True)
        if boundary in content:
            yield "SM7", "the boundary stands in the content"
        try:
            if not content.decode("utf-8").strip():
                yield "SM7", f"{part.get_content_type()} is empty"
        except UnicodeDecodeError:
            yield "SM7", f"{part.get_content_type()} is not UTF-8"
        if part.defects:
            yield "SM7", f"{part.get_content_type()}: {part.defects[0]}"


def header_values(data):
    return {name.lower(): re.sub(r"\r\n[ \t]+", " ", value).strip() for name, value in split_headers(data)[0]}


def mail_rules(data, now, known, eight_bit=False, max_age=300, utf8=False):
    return [*line_rules(data, eight_bit, utf8), *header_rules(data, now, max_age, utf8),
            *thread_rules(header_values(data), known), *parts_rules(data)]


def without_mark(data):
    """The mail as every attempt must send it."""
    return re.sub(rb"^X-Monitord-Resent: yes\r\n", b"", data, count=1, flags=re.MULTILINE)
