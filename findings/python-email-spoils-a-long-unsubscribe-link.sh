#!/usr/bin/env bash
# Python writes a long List-Unsubscribe link as encoded words, which no mail program takes for a link
#
# Package    Python 3.6 to 3.13, module email (its current interface, EmailMessage with policy.default or policy.SMTP)
# Behaviour  A value without a space that is longer than a line of 78 characters is folded by making =?utf-8?q?…?= of it,
#            though it is plain ASCII and no text. A policy with max_line_length=998 leaves it whole, and so does the old
#            interface (MIMEText).
# Good guess RFC 2047, section 5: an encoded word stands in text, phrases and comments alone. A link in <…> that can't be
#            folded goes onto a line of its own, as RFC 5322 allows up to 998 characters, or stays as it is.
# Seen       "=?utf-8?q?=3Chttps=3A//mail=2Eexample=2Ecom/unsubscribe=3F?=…"; a link of 50 characters stays as it is
# Bites      Newsletters whose link carries a token: the mailbox shows no button to unsubscribe, and providers that demand
#            one count the letters as spam. Django came to write its letters so (seen with 6.1.3; 5.2 folds before the link).
# Date       1 December 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >case.py <<'PY'
from email import policy
from email.message import EmailMessage
from email.mime.text import MIMEText

short = '<https://mail.example.com/unsubscribe?token=a1b2c3>'
long = '<https://mail.example.com/unsubscribe?list=news&token=' + 'a1b2c3d4e5' * 4 + '>'


def written(message):
    """The header as it is sent, without the folding of RFC 5322."""
    head = message.as_bytes().decode('ascii').replace('\r\n', '\n').split('\n\n')[0]
    line = next(line for line in head.replace('\n ', ' ').split('\n') if line.startswith('List-Unsubscribe:'))
    return ' '.join(line.split())


for named, rules in (
    ('default', policy.default),
    ('SMTP', policy.SMTP),
    ('998 characters a line', policy.SMTP.clone(max_line_length=998)),
):
    for link in (short, long):
        message = EmailMessage(policy=rules)
        message['List-Unsubscribe'] = link
        message.set_content('News')
        print(named, '|', written(message))
old = MIMEText('News')
old['List-Unsubscribe'] = long
print('MIMEText |', written(old))
PY
python3 case.py >seen

diff - seen <<'EXPECTED'
default | List-Unsubscribe: <https://mail.example.com/unsubscribe?token=a1b2c3>
default | List-Unsubscribe: =?utf-8?q?=3Chttps=3A//mail=2Eexample=2Ecom/unsubscribe=3F?= =?utf-8?q?list=3Dnews=26token=3Da1b2c3d4e5a1b2c3d4e5a1b2c3d4e5a1b2c3d4e5=3E?=
SMTP | List-Unsubscribe: <https://mail.example.com/unsubscribe?token=a1b2c3>
SMTP | List-Unsubscribe: =?utf-8?q?=3Chttps=3A//mail=2Eexample=2Ecom/unsubscribe=3F?= =?utf-8?q?list=3Dnews=26token=3Da1b2c3d4e5a1b2c3d4e5a1b2c3d4e5a1b2c3d4e5=3E?=
998 characters a line | List-Unsubscribe: <https://mail.example.com/unsubscribe?token=a1b2c3>
998 characters a line | List-Unsubscribe: <https://mail.example.com/unsubscribe?list=news&token=a1b2c3d4e5a1b2c3d4e5a1b2c3d4e5a1b2c3d4e5>
MIMEText | List-Unsubscribe: <https://mail.example.com/unsubscribe?list=news&token=a1b2c3d4e5a1b2c3d4e5a1b2c3d4e5a1b2c3d4e5>
EXPECTED
echo 'as described'
