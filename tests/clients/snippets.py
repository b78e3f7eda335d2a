"""Runs the code of docs/webhooks.md, in the languages that it is written in, against the vectors on the same page.

Rust's is run by `cargo test` (tests/api/webhooks/page.rs)."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

PAGE = (pathlib.Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")


def block(language):
    """The one block of a language."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"{len(found)} blocks of {language}"
    return found[0]


def cases():
    """What is to be checked, and whether it is signed; with names of headers as they are documented, and in lower case, as HTTP/2 has them."""
    for case in documented():
        yield case
        yield in_lower_case(case)


def in_lower_case(case):
    return {**case, "headers": {name.lower(): value for name, value in case["headers"].items()}}


def documented():
    for vector in json.loads(block("json")):
        headers, body = vector["headers"], vector["body"]
        signature, now = headers["X-Avirato-Signature"], int(headers["X-Avirato-Timestamp"])

        def case(expected, secret=vector["secret"], body=body, now=now, headers=headers, **changed):
            changed = {name.replace("_", "-"): value for name, value in changed.items()}
            return {"secret": secret, "body": body, "now": now, "headers": {**headers, **changed}, "expected": expected}
        yield case(True)
        yield case(True, now=now + 300)
        yield case(False, now=now + 301)
        yield case(False, now=now - 301)
        yield case(False, secret="cs_test_another")
        yield case(False, body=body + " ")
        yield case(False, body=body.replace("test", "live", 1))
        yield case(False, X_Avirato_Timestamp=str(now + 1))
        yield case(False, headers={})
        for wrong in ["", "t=,v1=", signature.upper(), signature[:-2], signature + ",v1=00", signature + "\n", " " + signature]:
            yield case(False, X_Avirato_Signature=wrong)


class Snippets(unittest.TestCase):
    def check(self, verdicts):
        expected = [case["expected"] for case in cases()]
        self.assertEqual(verdicts, expected)
        self.assertEqual(expected.count(True), 12)

    def run_program(self, name, code, command, given=None):
        """Runs a program that reads cases and prints verdicts, both as JSON."""
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / name
            file.write_text(code, encoding="utf-8")
            ended = subprocess.run([*command, file], input=json.dumps(given or list(cases())), capture_output=True, text=True, timeout=60)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.check(json.loads(ended.stdout))

    def test_python(self):
        names = {}
        exec(compile(block("python"), "docs/webhooks.md", "exec"), names)  # noqa: S102
        is_signed = names["is_signed"]
        self.check([is_signed(c["secret"], c["headers"], c["body"].encode(), c["now"]) for c in cases()])

    def test_javascript(self):
        code = block("javascript") + """
import { readFileSync } from 'node:fs'
const cases = JSON.parse(readFileSync(0, 'utf8'))
console.log(JSON.stringify(cases.map((c) => isSigned(c.secret, c.headers, Buffer.from(c.body), c.now))))
"""
        # Node has no other spelling.
        self.run_program("snippet.mjs", code, ["node"], [in_lower_case(case) for case in cases()])

    def test_php(self):
        self.assertIsNotNone(shutil.which("php"), "php is not installed; .ci/run installs it")
        code = "<?php\n" + block("php") + """
$cases = json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR);
echo json_encode(array_map(fn ($c) => is_signed($c['secret'], $c['headers'], $c['body'], $c['now']), $cases));
"""
        self.run_program("snippet.php", code, ["php"])


if __name__ == "__main__":
    unittest.main()
