#!/usr/bin/env bash
# Three SCIM libraries don't find people by kinds of filter that RFC 7644 has among its examples
#
# Package    npm scimmy 1.3.5 and scim2-parse-filter 0.2.10, Maven com.unboundid.product.scim2:scim2-sdk-common 4.1.0;
#            for comparison PyPI scim2-models 0.12.3
# Behaviour  An attribute with values that have sub-attributes (`emails co …`) means their `value`, a path may begin
#            with the schema's URN (`urn:…:User:userName`), and `schemas` is a list of plain texts. SCIMMY throws a
#            TypeError for the first and third and finds nobody for the second; scim2-parse-filter finds nobody for any,
#            UnboundID's library for the first two.
# Good guess The examples of RFC 7644, section 3.4.2.2 are the first thing that a library for SCIM is tried with.
# Seen       found by all: emails.value co, userName sw; emails co and urn:…:userName: by scim2-models alone
# Bites      Whoever builds SCIM on one of them and tests with filters of their own making: a directory asks in the
#            other spelling, hears an empty list or 500, and makes the person a second time.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 scimmy@1.3.5 scim2-parse-filter@0.2.10
export PATH="$work/node_modules/.bin:$PATH"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check scim2-models==0.12.3
cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>case</groupId><artifactId>case</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>com.unboundid.product.scim2</groupId><artifactId>scim2-sdk-common</artifactId><version>4.1.0</version>
  </dependency></dependencies>
</project>
XML
mvn -q -B -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=jars >/dev/null

cat >filters <<'TXT'
userName sw "a"
emails.value co "example.com"
emails co "example.com"
urn:ietf:params:scim:schemas:core:2.0:User:userName sw "a"
schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"
TXT
cat >person.json <<'JSON'
{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada","emails":[{"type":"work","value":"ada@example.com"}]}
JSON
cat >case.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { filter, parse } from 'scim2-parse-filter'
import SCIMMY from 'scimmy'

const person = JSON.parse(readFileSync('person.json', 'utf8'))
const said = (ask) => {
  try {
    return ask()
  } catch (error) {
    return error.name
  }
}
for (const asked of readFileSync('filters', 'utf8').trim().split('\n'))
  console.log(
    asked,
    '| SCIMMY', said(() => new SCIMMY.Types.Filter(asked).match([person]).length === 1),
    '| scim2-parse-filter', said(() => filter(parse(asked))(person)),
  )
JS
cat >Case.java <<'JAVA'
import com.unboundid.scim2.common.filters.Filter;
import com.unboundid.scim2.common.utils.FilterEvaluator;
import com.unboundid.scim2.common.utils.JsonUtils;
import java.nio.file.Files;
import java.nio.file.Path;

public class Case {
  public static void main(String[] args) throws Exception {
    var person = JsonUtils.getObjectReader().readTree(Files.readString(Path.of("person.json")));
    for (var asked : Files.readAllLines(Path.of("filters")))
      System.out.println(asked + " | UnboundID " + FilterEvaluator.evaluate(Filter.fromString(asked), person));
  }
}
JAVA
cat >case.py <<'PY'
import json

from scim2_models import ScimFilter, User

person = User.model_validate(json.load(open('person.json')))
for asked in open('filters').read().splitlines():
    print(asked, '| scim2-models', ScimFilter[User](asked).match(person))
PY
{ node case.mjs && java -cp 'jars/*' Case.java && venv/bin/python case.py; } >seen

diff - seen <<'EXPECTED'
userName sw "a" | SCIMMY true | scim2-parse-filter true
emails.value co "example.com" | SCIMMY true | scim2-parse-filter true
emails co "example.com" | SCIMMY TypeError | scim2-parse-filter false
urn:ietf:params:scim:schemas:core:2.0:User:userName sw "a" | SCIMMY false | scim2-parse-filter false
schemas eq "urn:ietf:params:scim:schemas:core:2.0:User" | SCIMMY TypeError | scim2-parse-filter false
userName sw "a" | UnboundID true
emails.value co "example.com" | UnboundID true
emails co "example.com" | UnboundID false
urn:ietf:params:scim:schemas:core:2.0:User:userName sw "a" | UnboundID false
schemas eq "urn:ietf:params:scim:schemas:core:2.0:User" | UnboundID true
userName sw "a" | scim2-models True
emails.value co "example.com" | scim2-models True
emails co "example.com" | scim2-models True
urn:ietf:params:scim:schemas:core:2.0:User:userName sw "a" | scim2-models True
schemas eq "urn:ietf:params:scim:schemas:core:2.0:User" | scim2-models True
EXPECTED
echo 'as described'
