"""Scenarios of the command line as text files, run against any version of the program.

A scenario is one file in `scenarios/`. Its lines are

    # a comment; the first one says what the scenario shows
    only: 2                         versions that it holds for: 1 is the first one, 2 all later ones
    $ metallb check demo.yaml       a command, in a folder of its own; `exit N` in front of it is
    exit 2 $ metallb check x        the code that is expected, 0 otherwise
    out: TEXT                       standard output has it; err: standard error, any: either
    no-out: TEXT                    and has it not (no-err, no-any likewise)
    out~ PATTERN                    a regular expression in place of a text (also err~, any~)
    json: PATH = VALUE              standard output is one JSON document with this value there;
                                    PATH is keys and positions joined by dots, `#` the length
    file: PATH                      there is this file; no-file: PATH there is none. PATH may have
                                    `*` and `**`, so that folders and numbers may change
    in PATH: TEXT                   and it has the text; not-in PATH: TEXT

and behind them the files that are there from the beginning, each below a line `-- PATH --`.
`metallb` is the version under test, `diff` and other programs are the machine's. A shell finds that
version as `$METALLB`.
"""
