------------------------------ MODULE Handover ------------------------------
(***************************************************************************)
(* The handover of a domain's writes, for readers. The same protocol is    *)
(* the Python beside this file, which is what is searched exhaustively:    *)
(* each action and each invariant there has its name here, in capitals     *)
(* (commit_unheard is CommitUnheard), each variable has the same name. A    *)
(* test compares the names; `python -m model --tlc tla2tools.jar` has TLC   *)
(* search small worlds by this text, and compares the numbers of states.   *)
(*                                                                         *)
(* Sides are 0, the monolith, which owns odd epochs, and 1, the service.   *)
(* A row is the sequence of the commands that made it; its version is its   *)
(* length. GONE is a row that was deleted. Keys are never used again.      *)
(***************************************************************************)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS Commands,    \* set of numbers, from 1
          EntityOf,    \* [Commands -> Entities]
          Deletes,     \* the commands that delete; all others put
          Operators,
          Releases, Copies, Tampers, Wipes   \* what is bounded; other faults are not

OneEntity == [c \in Commands |-> 1]

Sides    == {0, 1}
Other(x) == 1 - x
Entities == {EntityOf[c] : c \in Commands}
GONE     == <<-1>>
WAITING  == -1
FOREVER  == 99
Max(a, b) == IF a > b THEN a ELSE b
Version(row) == IF row = GONE THEN FOREVER ELSE Len(row)

VARIABLES
  mode, epoch,             \* handover.ownership: OWNER, RELEASED, REPLICA, BURNED
  rows, buried, records,   \* the domain's tables, tombstones, idempotency records
  outbox,                  \* all that was ever written, in order of commit
  numbered, sent, marked,  \* how far the relay has come: marked <= sent <= numbered
  queue,                   \* queue[y]: message numbers the broker holds for y's applier
  received,                \* handover.inbox
  inside, answer,          \* per command: epoch seen at a door (0: not inside); the answer
  operators,               \* per operator: what it remembers of a token
  reading,                 \* a transaction that has read a row to send it again
  history,                 \* per entity, what nobody can see: all writes, in order
  differing,               \* entities that reconcile has found to differ
  releases, copies, tampers, wipes   \* how many are left

stream  == <<outbox, numbered, sent, marked, queue, received>>
tables  == <<rows, buried, records>>
owning  == <<mode, epoch>>
clients == <<inside, answer>>
repair  == <<reading, differing>>
budget  == <<releases, copies, tampers, wipes>>
vars    == <<stream, tables, owning, clients, operators, repair, history, budget>>

IDLE    == [does |-> "idle"]
NOTHING == [side |-> -1]

Fact(e, row, v, c, ep) ==
  [kind |-> "fact", entity |-> e, row |-> row, version |-> v, key |-> c, epoch |-> ep]
Copy(e, row)  == [kind |-> "copy", entity |-> e, row |-> row]
Grant(x, ep)  == [kind |-> "grant", epoch |-> ep, rows |-> rows[x], records |-> records[x]]

Init ==
  /\ mode = [x \in Sides |-> IF x = 0 THEN "OWNER" ELSE "REPLICA"]
  /\ epoch = [x \in Sides |-> 1]
  /\ rows = [x \in Sides |-> [e \in Entities |-> <<>>]]
  /\ buried = [x \in Sides |-> [e \in Entities |-> 0]]
  /\ records = [x \in Sides |-> [c \in Commands |-> 0]]
  /\ outbox = [x \in Sides |-> <<>>]
  /\ numbered = [x \in Sides |-> 0] /\ sent = numbered /\ marked = numbered
  /\ received = numbered /\ queue = [x \in Sides |-> {}]
  /\ inside = [c \in Commands |-> [x \in Sides |-> 0]]
  /\ answer = [c \in Commands |-> WAITING]
  /\ operators = [o \in Operators |-> IDLE]
  /\ reading = NOTHING /\ differing = {}
  /\ history = [e \in Entities |-> <<>>]
  /\ releases = Releases /\ copies = Copies /\ tampers = Tampers /\ wipes = Wipes

-----------------------------------------------------------------------------
(* Writers. The door is a shared lock until commit, and a reading of mode.   *)

Begin(c, x) ==
  /\ answer[c] = WAITING /\ mode[x] = "OWNER" /\ inside[c][x] = 0 /\ records[x][c] = 0
  /\ inside' = [inside EXCEPT ![c][x] = epoch[x]]
  /\ UNCHANGED <<stream, tables, owning, answer, operators, repair, history, budget>>

Leave(c, x) == inside' = [inside EXCEPT ![c][x] = 0]

Result(c, x) ==
  LET row == rows[x][EntityOf[c]] IN
  IF records[x][c] # 0 THEN records[x][c] ELSE IF row = GONE THEN 0 ELSE Len(row) + 1

Execute(c, x) ==     \* door, record, change and fact are one transaction
  LET e == EntityOf[c]
      v == Result(c, x)
      became == IF c \in Deletes THEN GONE ELSE Append(rows[x][e], c)
      line == [key |-> c, version |-> v, epoch |-> inside[c][x], side |-> x]
  IN /\ inside[c][x] # 0
     /\ Leave(c, x)
     /\ IF records[x][c] # 0 \/ rows[x][e] = GONE
        THEN UNCHANGED <<rows, records, outbox, history>>
        ELSE /\ rows' = [rows EXCEPT ![x][e] = became]
             /\ records' = [records EXCEPT ![x][c] = v]
             /\ outbox' = [outbox EXCEPT ![x] = Append(@, Fact(e, became, v, c, inside[c][x]))]
             /\ history' = [history EXCEPT ![e] = Append(@, line)]
     /\ UNCHANGED <<buried, numbered, sent, marked, queue, received, owning, operators, repair,
                    budget>>

Commit(c, x) ==
  /\ Execute(c, x)
  /\ answer' = [answer EXCEPT ![c] = IF @ = WAITING THEN Result(c, x) ELSE @]

CommitUnheard(c, x) == Execute(c, x) /\ UNCHANGED answer

Abandon(c, x) ==
  /\ inside[c][x] # 0 /\ Leave(c, x)
  /\ UNCHANGED <<stream, tables, owning, answer, operators, repair, history, budget>>

Replay(c, x) ==      \* wherever a record is found: a twin's answer needs no door
  /\ answer[c] = WAITING /\ records[x][c] # 0
  /\ answer' = [answer EXCEPT ![c] = records[x][c]]
  /\ UNCHANGED <<stream, tables, owning, inside, operators, repair, history, budget>>

ReadRows(x, e) ==    \* backfill, or repair of a row that differs; inside the door
  /\ reading = NOTHING /\ mode[x] = "OWNER"
  /\ reading' = [side |-> x, entity |-> e, row |-> rows[x][e]]
  /\ IF e \in differing
     THEN differing' = differing \ {e} /\ UNCHANGED copies
     ELSE copies > 0 /\ copies' = copies - 1 /\ UNCHANGED differing
  /\ UNCHANGED <<stream, tables, owning, clients, operators, history, releases, tampers, wipes>>

SendRows ==
  /\ reading # NOTHING
  /\ outbox' = [outbox EXCEPT ![reading.side] = Append(@, Copy(reading.entity, reading.row))]
  /\ reading' = NOTHING
  /\ UNCHANGED <<tables, numbered, sent, marked, queue, received, owning, clients, operators,
                 differing, history, budget>>

Tamper(y, e) ==      \* a row of a replica vanishes past the fence
  /\ tampers > 0 /\ mode[y] # "OWNER" /\ rows[y][e] # GONE
  /\ mode[y] = "RELEASED" => mode[Other(y)] = "OWNER"
  /\ rows' = [rows EXCEPT ![y][e] = GONE]
  /\ differing' = differing \union {e} /\ tampers' = tampers - 1
  /\ UNCHANGED <<buried, records, stream, owning, clients, operators, reading, history, releases,
                 copies, wipes>>

-----------------------------------------------------------------------------
(* The relay and the broker.                                                *)

Number(x) ==         \* committed before anything is published
  /\ sent[x] = marked[x] /\ numbered[x] < Len(outbox[x])
  /\ numbered' = [numbered EXCEPT ![x] = Len(outbox[x])]
  /\ UNCHANGED <<outbox, sent, marked, queue, received, tables, owning, clients, operators, repair,
                 history, budget>>

Publish(x) ==
  /\ sent[x] < numbered[x]
  /\ sent' = [sent EXCEPT ![x] = @ + 1]
  /\ queue' = [queue EXCEPT ![Other(x)] = @ \union {sent[x] + 1}]
  /\ UNCHANGED <<outbox, numbered, marked, received, tables, owning, clients, operators, repair,
                 history, budget>>

Mark(x) ==           \* the whole window is confirmed
  /\ marked[x] < sent[x] /\ sent[x] = numbered[x]
  /\ marked' = [marked EXCEPT ![x] = sent[x]]
  /\ UNCHANGED <<outbox, numbered, sent, queue, received, tables, owning, clients, operators, repair,
                 history, budget>>

Resend(x, n) ==      \* between two rounds; whoever operates a broker that may forget
  /\ Wipes > 0 /\ sent[x] = marked[x] /\ n \in 1..marked[x]
  /\ sent' = [sent EXCEPT ![x] = n - 1]
  /\ marked' = [marked EXCEPT ![x] = n - 1]
  /\ UNCHANGED <<outbox, numbered, queue, received, tables, owning, clients, operators, repair,
                 history, budget>>

RelayDies(x) ==
  /\ marked[x] < sent[x]
  /\ sent' = [sent EXCEPT ![x] = marked[x]]
  /\ UNCHANGED <<outbox, numbered, marked, queue, received, tables, owning, clients, operators,
                 repair, history, budget>>

Lose(x, n) ==        \* not confirmed, so the relay gives the window up
  /\ marked[x] < n /\ n <= sent[x] /\ n \in queue[Other(x)]
  /\ queue' = [queue EXCEPT ![Other(x)] = @ \ {n}]
  /\ sent' = [sent EXCEPT ![x] = marked[x]]
  /\ UNCHANGED <<outbox, numbered, marked, received, tables, owning, clients, operators, repair,
                 history, budget>>

Wipe(y) ==           \* the broker forgets a queue, confirmed or not
  /\ wipes > 0 /\ queue[y] # {}
  /\ queue' = [queue EXCEPT ![y] = {}]
  /\ wipes' = wipes - 1
  /\ UNCHANGED <<outbox, numbered, sent, marked, received, tables, owning, clients, operators,
                 repair, history, releases, copies, tampers>>

-----------------------------------------------------------------------------
(* The applier: effects, position and acceptance in one transaction.        *)

PutRow(y, e, row, v) ==
  IF row = GONE
  THEN /\ buried' = [buried EXCEPT ![y][e] = Max(@, v)]
       /\ rows' = IF rows[y][e] # GONE /\ Len(rows[y][e]) <= v
                  THEN [rows EXCEPT ![y][e] = GONE] ELSE rows
  ELSE /\ rows' = IF (buried[y][e] > 0 /\ buried[y][e] >= v)
                     \/ (rows[y][e] # GONE /\ Len(rows[y][e]) >= Len(row))
                  THEN rows ELSE [rows EXCEPT ![y][e] = row]
       /\ UNCHANGED buried

Accept(y, token) ==
  IF /\ mode[y] # "OWNER" /\ epoch[y] = token.epoch - 1            \* not burned, not stale
     /\ rows[y] = token.rows /\ records[y] = token.records         \* the digest
  THEN /\ mode' = [mode EXCEPT ![y] = "OWNER"]
       /\ epoch' = [epoch EXCEPT ![y] = token.epoch]
       /\ buried' = [buried EXCEPT ![y] = [e \in Entities |-> 0]]
  ELSE UNCHANGED <<mode, epoch, buried>>

Effect(y, m) ==
  CASE m.kind = "fact"  -> /\ PutRow(y, m.entity, m.row, m.version)
                           /\ records' = IF records[y][m.key] # 0 THEN records
                                         ELSE [records EXCEPT ![y][m.key] = m.version]
                           /\ UNCHANGED owning
    [] m.kind = "copy"  -> /\ PutRow(y, m.entity, m.row, Version(m.row))
                           /\ UNCHANGED <<records, owning>>
    [] m.kind = "grant" -> Accept(y, m) /\ UNCHANGED <<rows, records>>

ApplyNext(y, n) ==   \* any order of delivery, but only the next number: dense
  /\ n \in queue[y] /\ n = received[y] + 1
  /\ Effect(y, outbox[Other(y)][n])
  /\ received' = [received EXCEPT ![y] = n]
  /\ UNCHANGED <<outbox, numbered, sent, marked, clients, operators, repair, history, budget>>

Apply(y, n) == ApplyNext(y, n) /\ queue' = [queue EXCEPT ![y] = @ \ {n}]

ApplyUnacknowledged(y, n) == ApplyNext(y, n) /\ UNCHANGED queue

Drop(y, n) ==        \* it was applied before
  /\ n \in queue[y] /\ n <= received[y]
  /\ queue' = [queue EXCEPT ![y] = @ \ {n}]
  /\ UNCHANGED <<outbox, numbered, sent, marked, received, tables, owning, clients, operators,
                 repair, history, budget>>

-----------------------------------------------------------------------------
(* Operators. Each step is a compare and set in one database.               *)

NobodyInside(x) == reading.side # x /\ \A c \in Commands : inside[c][x] = 0

Release(x) ==        \* exclusive lock; mode and token in one transaction
  /\ releases > 0 /\ \E o \in Operators : operators[o] = IDLE
  /\ mode[x] = "OWNER" /\ NobodyInside(x)
  /\ mode' = [mode EXCEPT ![x] = "RELEASED"]
  /\ epoch' = [epoch EXCEPT ![x] = @ + 1]
  /\ outbox' = [outbox EXCEPT ![x] = Append(@, Grant(x, epoch[x] + 1))]
  /\ releases' = releases - 1
  /\ UNCHANGED <<tables, numbered, sent, marked, queue, received, clients, operators, repair,
                 history, copies, tampers, wipes>>

Look(o, x) ==        \* what is read here may be stale in the next step
  /\ operators[o] = IDLE /\ mode[x] = "RELEASED"
  /\ operators' = [operators EXCEPT ![o] = [does |-> "awaits", giver |-> x, epoch |-> epoch[x]]]
  /\ UNCHANGED <<stream, tables, owning, clients, repair, history, budget>>

Burn(o) ==
  LET b == operators[o]
      y == Other(b.giver)
  IN /\ b.does = "awaits"
     /\ IF mode[y] # "OWNER" /\ epoch[y] = b.epoch - 1
        THEN /\ mode' = [mode EXCEPT ![y] = "BURNED"]
             /\ epoch' = [epoch EXCEPT ![y] = b.epoch + 1]
             /\ operators' = [operators EXCEPT ![o].does = "has burned"]
        ELSE /\ UNCHANGED owning
             /\ operators' = IF mode[y] = "BURNED" /\ epoch[y] = b.epoch + 1
                            THEN [operators EXCEPT ![o].does = "has burned"]
                            ELSE [operators EXCEPT ![o] = IDLE]
     /\ UNCHANGED <<stream, tables, clients, repair, history, budget>>

Retake(o) ==
  LET b == operators[o]
      x == b.giver
  IN /\ b.does = "has burned"
     /\ IF mode[x] = "RELEASED" /\ epoch[x] = b.epoch
        THEN /\ mode' = [mode EXCEPT ![x] = "OWNER"]
             /\ epoch' = [epoch EXCEPT ![x] = b.epoch + 1]
        ELSE UNCHANGED owning
     /\ operators' = [operators EXCEPT ![o] = IDLE]
     /\ UNCHANGED <<stream, tables, clients, repair, history, budget>>

OperatorDies(o) ==
  /\ operators[o] # IDLE /\ operators' = [operators EXCEPT ![o] = IDLE]
  /\ UNCHANGED <<stream, tables, owning, clients, repair, history, budget>>

-----------------------------------------------------------------------------
Progress ==
  \/ \E c \in Commands, x \in Sides : Begin(c, x) \/ Commit(c, x) \/ Replay(c, x)
  \/ \E x \in Sides, e \in Entities : ReadRows(x, e)
  \/ SendRows
  \/ \E x \in Sides : Number(x) \/ Publish(x) \/ Mark(x) \/ Release(x)
  \/ \E x \in Sides : \E n \in 1..marked[x] : Resend(x, n)
  \/ \E y \in Sides : \E n \in queue[y] : Apply(y, n) \/ Drop(y, n)
  \/ \E o \in Operators : (\E x \in Sides : Look(o, x)) \/ Burn(o) \/ Retake(o)

Fault ==
  \/ \E c \in Commands, x \in Sides : CommitUnheard(c, x) \/ Abandon(c, x)
  \/ \E y \in Sides, e \in Entities : Tamper(y, e)
  \/ \E x \in Sides : RelayDies(x) \/ \E n \in queue[Other(x)] : Lose(x, n)
  \/ \E y \in Sides : Wipe(y) \/ \E n \in queue[y] : ApplyUnacknowledged(y, n)
  \/ \E o \in Operators : OperatorDies(o)

Next == Progress \/ Fault
Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
Keys(writes) == {writes[i].key : i \in 1..Len(writes)}
TrueRow(e) ==
  IF Keys(history[e]) \cap Deletes # {} THEN GONE
  ELSE [i \in 1..Len(history[e]) |-> history[e][i].key]
Quiet == \A x \in Sides : received[Other(x)] = Len(outbox[x])
Equal == rows[0] = rows[1] /\ records[0] = records[1]

OneOwner == ~(mode[0] = "OWNER" /\ mode[1] = "OWNER")                              \* I3

SomebodyMayOwn == \E x \in Sides : mode[x] \in {"OWNER", "RELEASED"}               \* I8

AtMostOnce ==                                                                      \* I2
  \A e \in Entities : Cardinality(Keys(history[e])) = Len(history[e])

AcknowledgedIsKept ==                                                              \* I1
  \A c \in Commands : answer[c] > 0 =>
    LET e == EntityOf[c] IN
    /\ \E i \in 1..Len(history[e]) : history[e][i].key = c /\ history[e][i].version = answer[c]
    /\ \A x \in Sides : (mode[x] = "OWNER" /\ TrueRow(e) # GONE) =>
         \E i \in 1..Len(rows[x][e]) : rows[x][e][i] = c

OwnerIsTrue ==                                                                     \* I7
  \A x \in Sides : mode[x] = "OWNER" => \A e \in Entities : rows[x][e] = TrueRow(e)

EpochsInOrder ==                                                                   \* I3
  \A e \in Entities : \A i \in 1..Len(history[e]) :
    /\ history[e][i].epoch % 2 = 1 - history[e][i].side
    /\ i > 1 => history[e][i - 1].epoch <= history[e][i].epoch

VersionsDense ==                                                                   \* I4, I6
  \A e \in Entities : \A i \in 1..Len(history[e]) : history[e][i].version = i

EqualWhenQuiet ==                                                                  \* I5
  (Quiet /\ reading = NOTHING /\ differing = {}) => Equal

Settled ==
  /\ \A c \in Commands : answer[c] # WAITING
  /\ \E x \in Sides : mode[x] = "OWNER" /\ mode[Other(x)] # "OWNER"
  /\ Quiet /\ Equal /\ reading = NOTHING /\ differing = {}

(* I8, `settles`: from every state a Settled one can be reached by Progress  *)
(* alone. That is a question about branches, which TLA+ cannot ask; it is   *)
(* search.py that asks it. Settled itself is no invariant.                  *)
=============================================================================
