#!/usr/bin/env bash
# Django makes a hash weaker at the next sign-in, where it had more rounds than Django's own
#
# Package    PyPI Django 5.2.19; for comparison Maven org.springframework.security:spring-security-crypto 6.5.6
# Behaviour  must_update() asks whether the rounds are *other* than its own. A PBKDF2 hash of 2 000 000 iterations becomes
#            one of 1 000 000, and a bcrypt hash of cost 13 one of 12, as soon as the person has signed in.
# Good guess As Spring Security: a hash is renewed where it's weaker than what is wanted now, and a stronger one stays.
# Seen       Django: 2000000 to 1000000, cost 13 to 12; Spring, which wants 12: 10 renewed, 13 kept
# Bites      Whoever takes over accounts from a system that paid for more: nothing is logged, hashes look renewed, and in a
#            year all those who sign in have the cheaper one. A subclass with the old system's rounds keeps them.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check Django==5.2.19 bcrypt==5.0.0
cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>case</groupId><artifactId>case</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.springframework.security</groupId><artifactId>spring-security-crypto</artifactId><version>6.5.6</version>
    </dependency>
    <dependency><groupId>commons-logging</groupId><artifactId>commons-logging</artifactId><version>1.3.5</version></dependency>
  </dependencies>
</project>
XML
mvn -q -B -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=jars >/dev/null

cat >case.py <<'PY'
import bcrypt
from django.conf import settings

settings.configure(
    PASSWORD_HASHERS=[
        'django.contrib.auth.hashers.PBKDF2PasswordHasher',
        'django.contrib.auth.hashers.BCryptPasswordHasher',
    ]
)
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password, make_password

password = 'correct horse 9'


def after_sign_in(kind, stored, rounds_at):
    kept = [stored]
    check_password(password, stored, lambda typed: kept.append(make_password(typed, hasher=kind)), preferred=kind)
    print('Django', kind, *(each.split('$')[rounds_at] for each in kept))


for iterations in (500_000, 1_000_000, 2_000_000):
    after_sign_in('pbkdf2_sha256', PBKDF2PasswordHasher().encode(password, 'a' * 22, iterations), 1)
for cost in (10, 12, 13):
    after_sign_in('bcrypt', 'bcrypt$' + bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode(), 3)
PY
cat >Case.java <<'JAVA'
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;

public class Case {
  public static void main(String[] args) {
    for (var cost : new int[] {10, 12, 13}) {
      var stored = new BCryptPasswordEncoder(cost).encode("correct horse 9");
      var renew = new BCryptPasswordEncoder(12).upgradeEncoding(stored);
      System.out.println("Spring bcrypt " + cost + (renew ? " renewed" : " kept"));
    }
  }
}
JAVA
{ venv/bin/python case.py && java -cp 'jars/*' Case.java; } >seen

diff - seen <<'EXPECTED'
Django pbkdf2_sha256 500000 1000000
Django pbkdf2_sha256 1000000
Django pbkdf2_sha256 2000000 1000000
Django bcrypt 10 12
Django bcrypt 12
Django bcrypt 13 12
Spring bcrypt 10 renewed
Spring bcrypt 12 kept
Spring bcrypt 13 kept
EXPECTED
echo 'as described'
