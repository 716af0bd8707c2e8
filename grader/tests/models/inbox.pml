/* Events, cores and the mail between them: inbox, wake-up, move, cancel, as Spin sees them. kernel/test_models.py runs it.

   Core 0 has two events. Event 0 may move to core 1 once. Cores 2 and 3 only wake: the one event 0, then event 1, the other
   one event 1; and core 1 wakes event 0 once, wherever that is by then. An event takes what was posted to it when it is polled,
   and ends when it has all. Event 1, and event 0 on core 1, may be cancelled whenever it does not run.

   A core is code with interrupts on, code with interrupts off, or its handler (`level`); each step of one core may come
   between two of another. What only the own core can see is one step. The link and the bit `mail` belong to the event, so
   it lies in one inbox at most. What the protocol says of each step stands beside it.

   MISTAKE=n plants the nth mistake, and Spin must find it. 0: none, and everything ends, and everything is freed. */
#define EVENTS   2
#define CORES    4
#define NONE     9
#define POSTS    2

#define READY    1
#define RUNNING  2
#define WOKEN    3
#define BLOCKED  4
#define MOVING   5
#define FINISHED 6

#define CODE     0 /* interrupts on */
#define OFF      1 /* the same code, interrupts off */
#define HANDLER  2

#define TEST_THEN_SET          (mistake == 1)
#define NO_INTERRUPT           (mistake == 2)
#define INTERRUPT_WHEN_NOT_EMPTY (mistake == 3)
#define INTERRUPT_TO_ITSELF    (mistake == 4)
#define CLEARED_AT_THE_POLL    (mistake == 5)
#define LINK_READ_LATE         (mistake == 6)
#define LAST_IN_FIRST_OUT      (mistake == 7)
#define PARKS_BLINDLY          (mistake == 8)
#define HALTS_AFTER_THE_LOOK   (mistake == 9)
#define QUEUED_BY_THE_WAKER    (mistake == 10)
#define NOT_SENT_ON            (mistake == 11)
#define MOVES_WITH_MAIL        (mistake == 12)
#define HOME_BEFORE_STATE      (mistake == 13)
#define MOVES_BLOCKED          (mistake == 14)
#define MAIL_WITHOUT_REFERENCE (mistake == 15)
#define MAIL_DROPS_FIRST       (mistake == 16)
#define CLEARED_IN_A_BUFFER    (mistake == 17)
#define TAKES_IN_TWO_STEPS     (mistake == 18)
#define MOVES_WHILE_POLLED     (mistake == 19)
#define SENT_ON_WITHOUT_MAIL   (mistake == 20)
#define MARKED_AFTER_THE_MOVE  (mistake == 21)

byte mistake;
byte level[CORES];
bool interrupt[CORES], halted[CORES];

byte home[EVENTS], state[EVENTS] = READY, references[EVENTS] = 3; /* of the executor and of the two wakers */
bool mail[EVENTS], freed[EVENTS];
bool clearing[EVENTS];        /* `mail = false` is in the store buffer of the event's core */
byte link[EVENTS], head[CORES] = NONE;
bool queued[EVENTS];          /* in the run queue of `queue` */
byte queue[EVENTS];
bool is_blocked_at[EVENTS * 2];    /* in the blocked set of core 0, of core 1 */
byte posted[EVENTS];

bool polled[EVENTS], lies[EVENTS]; /* for assertions: being polled; in an inbox */
byte inbox[EVENTS];
bool comes_after[EVENTS];          /* the other event came before, and still lies in the same inbox */
bool has_moved;

/* What follows is used within a step. */

inline touch(e) { assert(!freed[e]) }

inline release(e) {
    touch(e);
    references[e]--;
    if
    :: references[e] == 0 -> assert(state[e] == FINISHED && !lies[e] && !queued[e] && !polled[e]); freed[e] = true
    :: else
    fi
}

inline make_ready(c, e) { assert(!queued[e]); state[e] = READY; queued[e] = true; queue[e] = c }

/* Event::wake. A moving event becomes ready where it arrives, whoever wakes it. */
inline wake_at_home(c, e) {
    touch(e);
    if
    :: state[e] == RUNNING -> state[e] = WOKEN
    :: state[e] == BLOCKED ->
        assert(is_blocked_at[2 * (c & 1) + e]); /* or another core's list is torn */
        is_blocked_at[2 * (c & 1) + e] = false;
        make_ready(c, e)
    :: else
    fi
}

/* One compare-and-exchange of the head. Who finds the inbox empty sends the interrupt. */
inline push(c, to, e) {
    touch(e);
    assert(!lies[e]);
    comes_after[e] = lies[1 - e] && inbox[1 - e] == to;
    lies[e] = true;
    inbox[e] = to;
    link[e] = head[to];
    head[to] = e;
    if
    :: NO_INTERRUPT -> skip
    :: (link[e] == NONE) == INTERRUPT_WHEN_NOT_EMPTY -> skip
    :: else -> interrupt[(INTERRUPT_TO_ITSELF -> c : to)] = true
    fi
}

/* `had = mail.exchange(true)`, and a reference for the mail. Who finds it set has nothing to do: the event will be woken
   after this. A core's own store buffer is empty then. */
inline set_mail(e) {
    touch(e);
    mail[e] = true;
    if
    :: !had && !MAIL_WITHOUT_REFERENCE -> references[e]++
    :: else
    fi
}

/* ---- Waker::wake, in three steps ---- */

/* The home of an event of this core does not change under its hands; of another's it may, at any moment. So it is read
   once more when the mark is set, and who takes the event out where it no longer is at home sends it on. The waker's own
   reference is dropped in the end. */
inline wake(c, e) {
    atomic {
        touch(e);
        had = true;
        is_remote = home[e] != c && !QUEUED_BY_THE_WAKER;
        if
        :: is_remote -> had = mail[e]; if :: TEST_THEN_SET -> skip :: else -> set_mail(e) fi
        :: else -> wake_at_home(c, e)
        fi
    };
    atomic {
        if :: is_remote && TEST_THEN_SET -> set_mail(e) :: else fi;
        to = home[e]
    };
    atomic {
        if :: !had -> push(c, to, e) :: else fi;
        release(e);
        to = 0; had = false; is_remote = false
    }
}

/* ---- The handler of the interrupt: takes all there is, and delivers it ---- */

/* The inbox has the last one first. Nobody else uses the links of what still has its mark. */
inline in_order() {
    first = NONE;
    if
    :: LAST_IN_FIRST_OUT -> first = e
    :: else -> do :: e != NONE -> next = link[e]; link[e] = first; first = e; e = next :: else -> break od
    fi
}

proctype handler(byte c) {
    byte first, next, e, to;
    bool had, sent_on;
end:
    atomic { interrupt[c] && level[c] == CODE ->
        level[c] = HANDLER; interrupt[c] = false; halted[c] = false; e = head[c];
        if :: TAKES_IN_TWO_STEPS -> skip :: else -> head[c] = NONE; in_order() fi };
    atomic { if :: TAKES_IN_TWO_STEPS -> head[c] = NONE; in_order() :: else fi };
next_one:
    atomic {
        if
        :: first == NONE -> next = 0; e = 0; to = 0; first = 0; level[c] = CODE; goto end
        :: else
        fi;
        e = first;
        touch(e);
        assert(lies[e] && !comes_after[e]); /* in the order in which they came */
        lies[e] = false;
        comes_after[1 - e] = false;
        if :: LINK_READ_LATE -> skip :: else -> first = link[e] fi; /* when delivered, it may be posted again */
        sent_on = home[e] != c && !NOT_SENT_ON;
        to = home[e]
    };
    atomic {
        if
        :: sent_on && !SENT_ON_WITHOUT_MAIL -> push(c, to, e) /* with its mark and its reference */
        :: CLEARED_AT_THE_POLL -> skip
        :: CLEARED_IN_A_BUFFER -> clearing[e] = true
        :: else -> mail[e] = false /* an exchange. Before the delivery: what is posted from here on comes again */
        fi;
        if :: MAIL_DROPS_FIRST && !sent_on -> release(e) :: else fi
    };
    atomic {
        if
        :: sent_on && SENT_ON_WITHOUT_MAIL -> had = mail[e]; set_mail(e); if :: !had -> push(c, to, e) :: else fi; had = false
        :: !sent_on ->
            touch(e);
            if
            :: state[e] == MOVING && home[e] == c -> make_ready(c, e)
            :: else -> wake_at_home(c, e)
            fi;
            if :: MAIL_DROPS_FIRST || MAIL_WITHOUT_REFERENCE -> skip :: else -> release(e) fi
        :: else
        fi;
        if :: LINK_READ_LATE -> first = link[e] :: else fi;
        goto next_one
    }
}

/* The store buffer of the core that clears a mark by a plain store: it reaches the others some time later. */
proctype buffer() {
end:
    do
    :: atomic { clearing[0] -> clearing[0] = false; mail[0] = false }
    :: atomic { clearing[1] -> clearing[1] = false; mail[1] = false }
    od
}

/* ---- The executor of core 0 or 1 ---- */

#define mine(e) (queued[e] && queue[e] == c)

/* The last thing that core 0 does with an event that moves, interrupts off, in the place of park. The mark comes first:
   from then on nobody but this core, or who has set the mark before, puts it into an inbox. In the latter case it may run
   on core 1 as soon as its home is that, so nothing of it is touched any more; and if it was put into this core's inbox,
   the handler sends it on. */
inline hand_over(e) {
    atomic { level[c] == CODE ->
        level[c] = OFF;
        has_moved = true;
        polled[e] = MOVES_WHILE_POLLED;
        if
        :: MARKED_AFTER_THE_MOVE -> state[e] = MOVING; home[e] = 1
        :: else -> had = mail[e]; set_mail(e)
        fi
    };
    atomic {
        if
        :: MARKED_AFTER_THE_MOVE -> had = mail[e]; set_mail(e)
        :: MOVES_BLOCKED -> state[e] = BLOCKED; home[e] = 1
        :: HOME_BEFORE_STATE -> home[e] = 1
        :: else -> state[e] = MOVING; home[e] = 1 /* in this order: who sees one sees both */
        fi
    };
    atomic {
        if :: HOME_BEFORE_STATE -> state[e] = MOVING :: else fi;
        if :: had && !MOVES_WITH_MAIL -> skip :: else -> push(c, 1, e) fi;
        had = false;
        level[c] = CODE
    };
    if :: atomic { MOVES_WHILE_POLLED -> polled[e] = false } :: else fi
}

proctype executor(byte c) {
    byte e, to, taken;
    bool had, is_remote, has_woken = (c == 0);
end:
    do
    /* A turn: the event takes what was posted to it. Then a handler may come, and then it moves, ends or is parked. */
    :: atomic { level[c] == CODE && (mine(0) || mine(1)) ->
            if :: mine(0) -> e = 0 :: mine(1) -> e = 1 fi;
            touch(e); assert(state[e] == READY && !polled[e]);
            queued[e] = false; state[e] = RUNNING; polled[e] = true; taken = posted[e] };
        if
        :: e == 0 && c == 0 && !has_moved -> hand_over(0)
        :: atomic { level[c] == CODE && taken == POSTS -> polled[e] = false; state[e] = FINISHED; release(e) }
        :: atomic { level[c] == CODE && taken < POSTS ->
                polled[e] = false;
                if
                :: state[e] == WOKEN && !PARKS_BLINDLY -> make_ready(c, e)
                :: else -> state[e] = BLOCKED; is_blocked_at[2 * c + e] = true
                fi;
                if :: CLEARED_AT_THE_POLL -> mail[e] = false :: else fi }
        fi;
        atomic { e = 0; taken = 0 }
    /* Core 1 wakes event 0 once. */
    :: atomic { level[c] == CODE && !has_woken -> has_woken = true; posted[0]++; level[c] = OFF };
        wake(c, 0);
        level[c] = CODE
    /* Each cancels the event that is its own in the end, wherever it waits; its mail finds a finished event. */
    :: atomic { level[c] == CODE && home[1 - c] == c &&
            (state[1 - c] == READY || state[1 - c] == BLOCKED || state[1 - c] == MOVING) ->
            queued[1 - c] = false; is_blocked_at[2 * c + 1 - c] = false;
            state[1 - c] = FINISHED;
            release(1 - c) }
    /* It idles when it has nothing else to do: looks, and halts in the same step, or else. */
    :: atomic { level[c] == CODE && !mine(0) && !mine(1) && has_woken && !HALTS_AFTER_THE_LOOK -> halted[c] = true };
end_halt:
        !halted[c]
    :: atomic { level[c] == CODE && !mine(0) && !mine(1) && has_woken && HALTS_AFTER_THE_LOOK -> skip };
        atomic { level[c] == CODE -> halted[c] = true };
end_late_halt:
        !halted[c]
    od
}

/* ---- The other cores ---- */

proctype waker(byte c) {
    byte to, e = c - 2;
    bool had, is_remote;
    posted[e]++;
    wake(c, e);
    if
    :: atomic { c == 2 -> e = 1; posted[e]++ }; wake(c, e)
    :: else
    fi
}

init {
    atomic {
        c_code { const char* planted = getenv("MISTAKE"); now.mistake = planted ? atoi(planted) : 0; };
        queued[0] = true;
        queued[1] = true;
        run executor(0); run executor(1); run handler(0); run handler(1);
        run waker(2); run waker(3);
        if :: CLEARED_IN_A_BUFFER -> run buffer() :: else fi
    };
    /* When nobody can do anything any more, nothing is left undone. */
    timeout ->
    assert(state[0] == FINISHED && state[1] == FINISHED);
    assert(freed[0] && freed[1]);
    assert(head[0] == NONE && head[1] == NONE && !lies[0] && !lies[1])
}
