"""Commands and printers for gdb that know the kernel's events. `make gdb` loads them: `import gdb_pollux`.

Only what the contracts state is read (Event, List, Wait, Timer, Process), so they work on a student's layers too; the
blocks of the heap are those of the reference.
"""

from . import commands, printers, session

commands.register()
printers.register()
