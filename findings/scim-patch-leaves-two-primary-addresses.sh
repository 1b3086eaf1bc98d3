#!/usr/bin/env bash
# After a SCIM patch that makes another address the primary one, three libraries leave a person with two
#
# Package    npm scimmy 1.3.5 and scim-patch 0.8.3, Maven com.unboundid.product.scim2:scim2-sdk-common 4.1.0; for
#            comparison PyPI scim2-models 0.12.3
# Behaviour  {"op":"add","path":"emails","value":[{…,"primary":true}]} appends the new value and leaves `primary` of the
#            old.
# Good guess RFC 7644, section 3.5.2: where a patch sets `primary` to true, the server sets it to false for every other
#            value of the list. It's the one thing in a patch that changes what was not named, and so what a library is
#            for.
# Seen       SCIMMY, scim-patch, UnboundID: work,home are primary; scim2-models: home
# Bites      Whoever takes "the first that is primary" for letters, sign-in or the claim `email`: a change of the main
#            address in the directory is answered with 200 and changes nothing, and a directory that compares tries
#            again.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 scimmy@1.3.5 scim-patch@0.8.3
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

cat >person.json <<'JSON'
{
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
  "userName": "ada",
  "emails": [{ "type": "work", "value": "ada@example.com", "primary": true }]
}
JSON
cat >patch.json <<'JSON'
{
  "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  "Operations": [
    { "op": "add", "path": "emails", "value": [{ "type": "home", "value": "ek@example.com", "primary": true }] }
  ]
}
JSON
cat >case.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { scimPatch } from 'scim-patch'
import SCIMMY from 'scimmy'

const read = (name) => JSON.parse(readFileSync(name, 'utf8'))
const primary = ({ emails }) => emails.filter(({ primary }) => primary).map(({ type }) => type).join()
const patched = await new SCIMMY.Messages.PatchOp(read('patch.json')).apply(new SCIMMY.Schemas.User(read('person.json')))
console.log('SCIMMY', primary(patched))
console.log('scim-patch', primary(scimPatch(read('person.json'), read('patch.json').Operations)))
JS
cat >Case.java <<'JAVA'
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.unboundid.scim2.common.GenericScimResource;
import com.unboundid.scim2.common.messages.PatchRequest;
import com.unboundid.scim2.common.utils.JsonUtils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;

public class Case {
  public static void main(String[] args) throws Exception {
    var read = JsonUtils.getObjectReader();
    var person = new GenericScimResource((ObjectNode) read.readTree(Files.readString(Path.of("person.json"))));
    read.forType(PatchRequest.class).<PatchRequest>readValue(Files.readString(Path.of("patch.json"))).apply(person);
    var primary = new ArrayList<String>();
    for (var each : person.getObjectNode().get("emails"))
      if (each.path("primary").asBoolean()) primary.add(each.get("type").asText());
    System.out.println("UnboundID " + String.join(",", primary));
  }
}
JAVA
cat >case.py <<'PY'
import json

from scim2_models import Context, PatchOp, User

person = User.model_validate(json.load(open('person.json')))
PatchOp[User].model_validate(json.load(open('patch.json')), scim_ctx=Context.RESOURCE_PATCH_REQUEST).patch(person)
print('scim2-models', ','.join(str(each.type) for each in person.emails if each.primary))
PY
{ node case.mjs && java -cp 'jars/*' Case.java && venv/bin/python case.py; } >seen

diff - seen <<'EXPECTED'
SCIMMY work,home
scim-patch work,home
UnboundID work,home
scim2-models home
EXPECTED
echo 'as described'
