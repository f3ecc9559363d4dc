"""When the turns of rotations begin, by Python's zoneinfo alone, for every zone of the database.

Arguments: the turns that each rotation has, as START,DAYS,COUNT with START a local time such as 2020-01-01T09:00. Prints a line
`Z NAME` for each zone, leaving out those whose file another zone has too, and below it lines of turns that follow each other evenly:
`ROTATION NUMBER FIRST STEP COUNT`. ROTATION counts from 0; NUMBER is that of the first turn, 0 at START; FIRST is when it begins, in
seconds since 1970; STEP lies between one beginning and the next. A turn that ends where it begins is left out. Last comes
`= NAMES FILES`.
"""

import itertools
import os
import sys
import zoneinfo
from datetime import datetime, timedelta

EPOCH = datetime(1970, 1, 1)


def rules(name):
    for folder in zoneinfo.TZPATH:
        try:
            with open(os.path.join(folder, name), "rb") as file:
                return file.read()
        except FileNotFoundError:
            pass
    raise SystemExit(f"{name}: no file in {zoneinfo.TZPATH}")


def evenly(zone, local, days):
    """(number, first, count) of turns with the same offset; without a fold a skipped or doubled time has the offset before."""
    number = 0
    found = []
    for offset, group in itertools.groupby(map(zone.utcoffset, local)):
        count = len(list(group))
        first = (local[number] - EPOCH - offset) // timedelta(seconds=1)
        if found:
            before, began, length = found[-1]
            if began + (length - 1) * days * 86400 == first:
                found[-1] = (before, began, length - 1)
        found.append((number, first, count))
        number += count
    return [run for run in found if run[2] > 0]


def main():
    rotations = []
    for argument in sys.argv[1:]:
        start, days, count = argument.split(",")
        first = datetime.fromisoformat(start)
        rotations.append((int(days), [first + timedelta(days=int(days) * n) for n in range(int(count))]))
    seen = set()
    names = sorted(zoneinfo.available_timezones())
    for name in names:
        content = rules(name)
        if content in seen:
            continue
        seen.add(content)
        print("Z", name)
        zone = zoneinfo.ZoneInfo(name)
        for index, (days, local) in enumerate(rotations):
            for number, first, count in evenly(zone, local, days):
                print(index, number, first, days * 86400, count)
    print("=", len(names), len(seen))


main()
