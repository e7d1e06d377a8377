---@meta
-- needs.lua - what rules may read, call and build with, for editors that know Lua (LuaCATS).
-- The daemon never loads this file; docs/rules.md is the guide.

---@class need
---@field competence string code of the competence, such as STL18
---@field key string the competence in full, such as STL@2007/STL18
---@field title string title of the competence
---@field framework string name of the competence's framework, such as STL
---@field rated boolean a rating is in force
---@field current integer? level now; nil when no rating is in force
---@field current_words string? level now in the framework's words; nil when no rating is in force
---@field required integer level that the post asks for
---@field required_words string level that the post asks for, in the framework's words
---@field gap integer required less current; all of required when unrated
---@field lapsed boolean there was a rating, but none is in force now
---@field lapsed_on string? last day on which a rating was in force, when lapsed
---@field rated_on string? date of the rating that gives the current level
---@field evidence string? kind of evidence of the current level: self, manager, peer, witness, portfolio, observer, test, assessor, certificate
---@field confirm boolean newer independent evidence lies two levels below a certificate
---@field confidence integer? how sure the person feels, 0 to 4; from self-ratings only
---@field weight integer 1 to 5
---@field importance string statutory, essential or desirable
---@field purpose string compliance, role or growth
---@field nature string what is missing: skill, knowledge, both or unknown
---@field from string why it is a need: refresh, induction, new-role, new-duty, audit, plan, wish, basic-skills, review or profile
---@field post string? code of the role that it belongs to
---@field practical boolean is learnt by doing only; no module and no reading stands for it
---@field certificate boolean is shown only by a certificate, licence or registration from outside the school
---@field priority integer? weight, 1 to 5, that the school's or authority's priority in force gives it; nil when none does
---@field priority_code string? code of that priority
local need = {}

--- the current level rests on evidence of this kind or of a stronger one; false when no rating is in force
---@param kind string
---@return boolean
function need:evidenced(kind) end

---@class person
---@field role string? code of the main role
---@field roles string[] codes of all current roles, main role first
---@field family string? role family of the main role
---@field minutes integer? contract minutes a week, all posts together
---@field weeks integer? weeks a year
---@field term_time boolean? works in term time only
---@field employer string? school, authority, trust, contractor, agency, self-employed or volunteer
---@field contract string? code of the contract of the main role
---@field started string? date of the start at this school
---@field progression string? wants to move on: yes, no or later
---@field no_computer boolean? has no computer to learn with
---@field formats string[] formats of learning that the person prefers
local person = {}

--- holds this unit, qualification or class such as maths@2, in force today
---@param what string
---@return boolean
function person:holds(what) end

--- this is one of the current roles
---@param role string
---@return boolean
function person:has_role(role) end

--- has wished for this; kind is role, qualification or competence
---@param kind string
---@param code string
---@return boolean
function person:wishes(kind, code) end

--- this is one of the preferred formats
---@param format string
---@return boolean
function person:prefers(format) end

--- all needs of the person, by competence
---@return need[]
function person:needs() end

---@class school
---@field phase string? phase of the school
---@field clusters integer how many clusters the school belongs to
local school = {}

--- 1 when a colleague could help with this need now, else 0; kind is mentor, coach, buddy, shadow-host, training-mentor, expert-witness or assessor; never who or how many
---@param need need
---@param kind? string
---@return integer
---@overload fun(self: school, cohort: cohort, kind?: string): integer
function school:helpers(need, kind) end

---@class cohort
---@field competence string code of the competence, such as STL18
---@field key string the competence in full, such as STL@2007/STL18
---@field title string title of the competence
---@field family string role family of the people
---@field count integer people of the family here who are below the level asked of them, or must have it by law and have not
---@field statutory integer of them, who must have it by law
---@field roster integer? people of the family here, as the school last said; nil when it has not
local cohort = {}

---@class unit
---@field id string what unit { id = } takes
---@field code string code of the unit
---@field title string title of the unit
---@field level integer? level of study
---@field credit integer? credits
---@field gives integer level that it gives in the need's competence
---@field knowledge boolean assesses knowledge, not competence
local unit = {}

---@class qualification
---@field id string what qualification { id = } takes
---@field title string title of the qualification
---@field type string award, certificate, diploma, apprenticeship, status ...
---@field level integer? level of study
---@field credit integer? credits in all
---@field entry string? entry requirements
---@field open string yes, or unknown when nobody has confirmed that one can register; the closed ones are never listed
---@field gives integer level that it or one of its units gives in the need's competence
local qualification = {}

---@class offer
---@field id string id of the offer
---@field development string what it is, as a recommendation names it: kind, point, id, such as course.fire-marshal or unit.TDA 2.1
---@field kind string kind of development: course, unit, inset ...
---@field title string title of the development
---@field provider string? who gives it
---@field mode string? how it is given, in the offer's own word
---@field open_to string? which schools may send people, in the offer's own word
---@field own boolean the school's own, not the authority's
---@field fee integer? pence for one person
---@field places integer? places in all
---@field first string? date of the first session
---@field last string? date of the last session
local offer = {}

---@class combination
---@field known boolean the catalogue knows which units make this qualification
---@field complete boolean the units held are enough
---@field credits_held integer credits that count
---@field credits_needed integer credits that it takes
---@field missing string[] codes of mandatory units not held
local combination = {}

---@class effect
---@field completed integer completions of which it is known whether the gap closed, rounded down to tens
---@field closed integer of them, those after which the gap had closed
---@field per_cent integer closed of a hundred completed, rounded down to tens
local effect_of_kind = {}

---@class rule
---@field about string what it is for, in a sentence (at most 200 letters)
---@field source string id in sources.csv, with a detail after a slash if wanted
---@field owner string who answers for it
---@field competences? string|string[] codes; a trailing * stands for the rest (STL*); "not STL4" leaves one out
---@field roles? string|string[] codes of roles
---@field families? string|string[] codes of role families
---@field purpose? string|string[] compliance, role or growth
---@field needs? string|string[] unrated, lapsed, confirm, gap, met or any; gap and met when left out
---@field leaves_out? string|string[] codes of role families that the proposal does not serve
---@field when? fun(need: need, person: person, school: school): any
---@field recommend fun(need: need, person: person, school: school): development|development[]|nil

---@class school_rule
---@field about string what it is for, in a sentence (at most 200 letters)
---@field source string id in sources.csv, with a detail after a slash if wanted
---@field owner string who answers for it
---@field competences? string|string[] codes; a trailing * stands for the rest (STL*)
---@field families? string|string[] codes of role families
---@field leaves_out? string|string[] codes of role families that the proposal does not serve
---@field when? fun(cohort: cohort, school: school): any
---@field recommend fun(cohort: cohort, school: school): development|development[]|nil

---@class development_fields
---@field id? string what the catalogue calls it
---@field code? string code of a unit
---@field weeks? integer spread over so many weeks
---@field hours? integer
---@field minutes? integer
---@field priority? integer 0 to 100, 50 when left out
---@field because? string why, for this person; the rule's about when left out
---@field not_in_house? string why nothing inside the school would do

---@class development

--- describes a rule; only at the top of a file
---@param name string
---@return fun(fields: rule)
function rule(name) end

--- describes a rule for a whole school; only at the top of a file
---@param name string
---@return fun(fields: school_rule)
function school_rule(name) end

--- says what is known of a person or of a school, and what must come of it; only in the files of tests/
---@param name string
---@return fun(fields: table)
function test(name) end

--- whether the condition holds; the reason is shown when it does not
---@param condition any
---@param reason? string
---@return boolean
function given(condition, reason) end

--- the reason that given shows
---@param text string
---@return string
function otherwise(text) end

--- the date lies more than so many months back; false without a date; the only look at today
---@param date? string
---@param months integer
---@return boolean
function older_than(date, months) end

--- units that give the need's competence at the level required, fewest credits first
---@param need need
---@return unit[]
function units_for(need) end

--- qualifications open today that give it, themselves or by one of their units
---@param need need
---@return qualification[]
function qualifications_for(need) end

--- what can be booked that gives the need's competence, open to this person and not over: soonest first, then cheapest; at most 20
---@param need need
---@return offer[]
function offers_for(need) end

--- how far the units held go towards a qualification
---@param qualification string
---@return combination
function combination(qualification) end

--- what came of this kind of development in the authority, counted anew once a day; nil when it is known of fewer than ten completions
---@param kind string
---@return effect?
function effect(kind) end

--- the text begins with this
---@param text string
---@param start string
---@return boolean
function starts_with(text, start) end

--- the text has this in it, letter for letter
---@param text string
---@param part string
---@return boolean
function contains(text, part) end

--- a single unit; id or code is a must
---@param fields development_fields
---@return development
function unit(fields) end

--- a course; id is a must
---@param fields development_fields
---@return development
function course(fields) end

--- a qualification; id is a must
---@param fields development_fields
---@return development
function qualification(fields) end

--- an apprenticeship; id is a must
---@param fields development_fields
---@return development
function apprenticeship(fields) end

--- a status such as HLTA; id is a must
---@param fields development_fields
---@return development
function status(fields) end

--- a colleague who has the skill coaches
---@param fields development_fields
---@return development
function coaching(fields) end

--- an experienced colleague as mentor
---@param fields development_fields
---@return development
function mentoring(fields) end

--- work shadowing
---@param fields development_fields
---@return development
function shadowing(fields) end

--- a buddy in the same kind of work
---@param fields development_fields
---@return development
function buddying(fields) end

--- observing one another
---@param fields development_fields
---@return development
function peer_observation(fields) end

--- a network of people in the same role
---@param fields development_fields
---@return development
function network(fields) end

--- a small project of one's own
---@param fields development_fields
---@return development
function action_research(fields) end

--- a training day or session in school
---@param fields development_fields
---@return development
function inset(fields) end

--- reading, publications, materials
---@param fields development_fields
---@return development
function resource(fields) end

--- an e-learning module
---@param fields development_fields
---@return development
function e_learning(fields) end

--- training together with teachers
---@param fields development_fields
---@return development
function joint_training(fields) end

--- finding out the level: id is self-assessment (when none is given), review or observation
---@param fields development_fields
---@return development
function finding_out(fields) end

