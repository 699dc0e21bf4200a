"""Shows that spec_check tells good requests from bad ones, on X's own specification.

    XMP_SPEC=path/to/openapi.json python -m unittest discover -s tests/python
"""

import base64
import json
import os
import tempfile
import unittest
from pathlib import Path

import spec_check

SPEC = os.environ.get("XMP_SPEC", "")
JSON = "application/json"
USER = {"authorization": "Bearer redacted"}
BOUNDARY = "xmp-boundary"


def line(method, path, body=b"", content_type=JSON, headers=USER):
    """A request in the form in which the tests record it."""
    return json.dumps(
        {
            "method": method,
            "path": path,
            "headers": headers,
            "body_base64": base64.b64encode(body).decode(),
            "content_type": content_type,
        }
    )


def form(*parts):
    """A multipart body; a part is (name, bytes) or (name, bytes, file name)."""
    body = b""
    for name, value, *file in parts:
        body += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'.encode()
        if file:
            body += f'; filename="{file[0]}"\r\nContent-Type: application/octet-stream'.encode()
        body += b"\r\n\r\n" + value + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


@unittest.skipUnless(SPEC and Path(SPEC).is_file(), "X's specification is not here: XMP_SPEC names no file")
class SpecCheck(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.checker = spec_check.Checker(json.loads(Path(SPEC).read_text(encoding="utf-8")))

    def check(self, *arguments, **options):
        return self.checker.check(spec_check.Recorded.from_line(line(*arguments, **options)))

    def refused(self, reason, *arguments, **options):
        with self.assertRaisesRegex(spec_check.Violation, reason):
            self.check(*arguments, **options)

    def append(self, *parts):
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return ("POST", "/2/media/upload/12/append", form(*parts), kind)

    def test_a_good_post_passes(self):
        self.assertEqual(self.check("POST", "/2/tweets", b'{"text":"hello"}'), "POST /2/tweets")

    def test_a_good_read_passes(self):
        self.assertEqual(self.check("GET", "/2/tweets?ids=1,2&post.fields=id,text"), "GET /2/tweets")
        self.assertEqual(self.check("GET", "/2/tweets?ids=1%2C2"), "GET /2/tweets")

    def test_a_text_that_is_a_number_is_refused(self):
        self.refused("text: 1 is not of type 'string'", "POST", "/2/tweets", b'{"text":1}')

    def test_an_unknown_field_is_refused(self):
        self.refused("nosuch", "POST", "/2/tweets", b'{"text":"hello","nosuch":1}')

    def test_a_body_that_is_missing_or_no_json_is_refused(self):
        self.refused("required request body", "POST", "/2/tweets")
        self.refused(".", "POST", "/2/tweets", b"{")

    def test_another_content_type_is_refused(self):
        self.refused("text/plain", "POST", "/2/tweets", b'{"text":"hello"}', "text/plain")

    def test_an_unknown_path_or_method_is_refused(self):
        self.refused("no such operation", "GET", "/2/nosuch")
        self.refused("no such operation", "PATCH", "/2/tweets")

    def test_a_wrong_enum_in_the_query_is_refused(self):
        self.refused("post.fields", "GET", "/2/tweets?ids=1&post.fields=nosuch")

    def test_an_unknown_or_missing_query_parameter_is_refused(self):
        self.refused("no query parameter nosuch", "GET", "/2/tweets?ids=1&nosuch=1")
        self.refused("ids", "GET", "/2/tweets")

    def test_a_list_as_repeated_parameters_is_refused(self):
        self.refused("more than once", "GET", "/2/tweets?ids=1&ids=2")

    def test_missing_or_wrong_credentials_are_refused(self):
        self.refused("no Authorization header", "POST", "/2/tweets", b'{"text":"hello"}', headers={})
        basic = {"Authorization": "Basic redacted"}
        self.refused("basic was sent", "POST", "/2/tweets", b'{"text":"hello"}', headers=basic)

    def test_a_multipart_append_passes_whatever_its_bytes(self):
        every_byte = bytes(range(256)) + b"\r\n\n\r"
        parts = (("segment_index", b"0"), ("media", every_byte, "blob"))
        self.assertEqual(self.check(*self.append(*parts)), "POST /2/media/upload/{id}/append")

    def test_a_wrong_multipart_append_is_refused(self):
        media = ("media", b"\x00\xff", "blob")
        self.refused("segment_index", *self.append(media))
        self.refused("wants an integer", *self.append(media, ("segment_index", b"first")))
        self.refused("1000", *self.append(media, ("segment_index", b"1000")))
        self.refused("nosuch", *self.append(media, ("segment_index", b"0"), ("nosuch", b"1")))
        self.refused("media", *self.append(("segment_index", b"0")))
        self.refused("no multipart", "POST", "/2/tweets", form(media), f"multipart/form-data; boundary={BOUNDARY}")

    def run_main(self, *lines):
        said = []
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "requests.jsonl").write_text("".join(f"{text}\n" for text in lines), encoding="utf-8")
            return spec_check.main([folder, SPEC], out=said.append), "\n".join(said)

    def test_equal_requests_are_checked_once_and_counted(self):
        post = line("POST", "/2/tweets", b'{"text":"hello"}')
        code, said = self.run_main(post, post, line("POST", "/2/oauth2/token"), line("GET", "/healthy"))
        self.assertEqual(code, 0, said)
        self.assertIn("POST /2/tweets: 2 sent, 1 distinct", said)
        self.assertIn("POST /2/oauth2/token: 1 sent", said)
        self.assertIn("1 sent outside of /2/", said)

    def test_the_exit_code_tells_of_a_violation(self):
        code, said = self.run_main(line("POST", "/2/tweets", b'{"text":1}'))
        self.assertEqual(code, 1)
        self.assertIn("BAD requests.jsonl:1", said)

    def test_nothing_to_check_is_a_failure(self):
        self.assertEqual(self.run_main()[0], 1)
        self.assertEqual(self.run_main(line("POST", "/2/oauth2/token"))[0], 1)
        self.assertEqual(self.run_main("no json")[0], 1)


if __name__ == "__main__":
    unittest.main()
