---@meta
-- needs.lua - what rules can read, call and build, for editors that support Lua annotations (LuaCATS).
-- The daemon never loads this file. The guide is docs/rules.md.

---@class need
---@field competence string code of the competence, such as STL18
---@field key string the competence in full, such as STL@2007/STL18
---@field title string title of the competence
---@field framework string name of the competence's framework, such as STL
---@field rated boolean whether a rating is in force
---@field current integer? current level; nil if no rating is in force
---@field current_words string? current level in the framework's words; nil if no rating is in force
---@field required integer level that the post requires
---@field required_words string level that the post requires, in the framework's words
---@field gap integer required minus current; the same as required if there is no rating
---@field lapsed boolean whether there was a rating but none is in force now
---@field lapsed_on string? last day on which a rating was in force, if it has lapsed
---@field ending boolean whether a certificate meets the need and runs out soon
---@field ends_on string? last day of that certificate, if it runs out soon
---@field rated_on string? date of the rating that gives the current level
---@field evidence string? kind of evidence of the current level: self, manager, peer, witness, portfolio, observer, test, assessor, certificate
---@field confirm boolean whether newer independent evidence is two levels below a certificate
---@field differs string? what says something else than the evidence that decides: self (the person's own view, two levels away) or certificate (one level above what was seen since); nil if nothing does
---@field confidence integer? how confident the person feels, 0 to 4; from self-ratings only
---@field weight integer 1 to 5
---@field importance string statutory, essential or desirable
---@field purpose string compliance, role or growth
---@field nature string what is missing: skill, knowledge, both or unknown
---@field from string where the need came from: refresh, induction, new-role, new-duty, audit, plan, wish, basic-skills, review or profile
---@field post string? code of the role that the need belongs to
---@field practical boolean whether it is learnt only by doing, not from a module or by reading
---@field certificate boolean whether only a certificate, licence or registration from outside the school shows it
---@field priority integer? weight, 1 to 5, of the school's or authority's current priority for it; nil if there is none
---@field priority_code string? code of that priority
local need = {}

--- whether evidence of this kind or a stronger one supports the current level; false if no rating is in force
---@param kind string
---@return boolean
function need:evidenced(kind) end

---@class person
---@field role string? code of the main role
---@field roles string[] codes of all current roles, main role first
---@field family string? role family of the main role
---@field minutes integer? contract minutes a week, for all posts together
---@field weeks integer? weeks a year
---@field term_time boolean? whether the person works in term time only
---@field employer string? school, authority, trust, contractor, agency, self-employed or volunteer
---@field contract string? code of the contract of the main role
---@field started string? date on which the person started at this school
---@field progression string? whether the person wants to move on: yes, no or later
---@field no_computer boolean? whether the person has no computer to learn with
---@field formats string[] formats of learning that the person prefers
local person = {}

--- whether the person holds this unit, qualification or class, such as maths@2, and it is in force today
---@param what string
---@return boolean
function person:holds(what) end

--- whether this is one of the person's current roles
---@param role string
---@return boolean
function person:has_role(role) end

--- whether the person has asked for this; kind is role, qualification or competence
---@param kind string
---@param code string
---@return boolean
function person:wishes(kind, code) end

--- whether this is one of the formats that the person prefers
---@param format string
---@return boolean
function person:prefers(format) end

--- all needs of the person, in order of competence
---@return need[]
function person:needs() end

---@class school
---@field phase string? phase of the school
---@field clusters integer how many clusters the school belongs to
local school = {}

--- 1 if a colleague can help with this need now, otherwise 0, but never who or how many; kind is mentor, coach, buddy, shadow-host, training-mentor, expert-witness or assessor
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
---@field count integer people of the family in this school who are below the level they need, or who need it by law and do not have it
---@field statutory integer how many of them need it by law
---@field roster integer? people of the family in this school, as the school last reported; nil if it has not
local cohort = {}

---@class unit
---@field id string the id for unit { id = }
---@field code string code of the unit
---@field title string title of the unit
---@field level integer? level of study
---@field credit integer? credits
---@field gives integer level that it gives in the need's competence
---@field knowledge boolean whether it assesses knowledge only
local unit = {}

---@class qualification
---@field id string the id for qualification { id = }
---@field title string title of the qualification
---@field type string award, certificate, diploma, apprenticeship, status ...
---@field level integer? level of study
---@field credit integer? total credits
---@field entry string? entry requirements
---@field open string yes, or unknown if nobody has confirmed that registration is open; closed qualifications are never listed
---@field gives integer level that it or one of its units gives in the need's competence
local qualification = {}

---@class offer
---@field id string id of the offer
---@field development string the development, as a recommendation names it: kind, dot, id, such as course.fire-marshal or unit.TDA 2.1
---@field kind string kind of development: course, unit, inset ...
---@field title string title of the development
---@field provider string? who runs it
---@field mode string? how it is taught, in the offer's own word
---@field open_to string? which schools may send people, in the offer's own word
---@field own boolean whether it is the school's own offer, not the authority's
---@field fee integer? price for one person, in pence
---@field places integer? total places
---@field first string? date of the first session
---@field last string? date of the last session
local offer = {}

---@class combination
---@field known boolean whether the catalogue lists the units of this qualification
---@field complete boolean whether the units held are enough
---@field credits_held integer credits that count
---@field credits_needed integer credits that it requires
---@field missing string[] codes of mandatory units not held
local combination = {}

---@class effect
---@field completed integer completions where the result is known, rounded down to tens
---@field closed integer how many of them closed the gap
---@field per_cent integer percentage of completions that closed the gap, rounded down to tens
local effect_of_kind = {}

---@class rule
---@field about string what the rule is for, in one sentence (at most 200 characters)
---@field source string id in sources.csv, and a detail after a slash if you like
---@field owner string who is responsible for the rule
---@field competences? string|string[] codes; a trailing * matches any ending (STL*); "not STL4" excludes one
---@field roles? string|string[] codes of roles
---@field families? string|string[] codes of role families
---@field purpose? string|string[] compliance, role or growth
---@field needs? string|string[] unrated, lapsed, confirm, gap, met, ending or any; the default is gap and met
---@field leaves_out? string|string[] codes of role families that the proposal is not for
---@field when? fun(need: need, person: person, school: school): any
---@field recommend fun(need: need, person: person, school: school): development|development[]|nil

---@class school_rule
---@field about string what the rule is for, in one sentence (at most 200 characters)
---@field source string id in sources.csv, and a detail after a slash if you like
---@field owner string who is responsible for the rule
---@field competences? string|string[] codes; a trailing * matches any ending (STL*)
---@field families? string|string[] codes of role families
---@field leaves_out? string|string[] codes of role families that the proposal is not for
---@field when? fun(cohort: cohort, school: school): any
---@field recommend fun(cohort: cohort, school: school): development|development[]|nil

---@class development_fields
---@field id? string its id in the catalogue
---@field code? string code of a unit
---@field weeks? integer the number of weeks that it is spread over
---@field hours? integer
---@field minutes? integer
---@field priority? integer 0 to 100; the default is 50
---@field because? string why it is proposed, for this person; the default is the rule's about
---@field not_in_house? string why nothing inside the school is enough

---@class development

--- defines a rule; only at the top level of a file
---@param name string
---@return fun(fields: rule)
function rule(name) end

--- defines a rule for a whole school; only at the top level of a file
---@param name string
---@return fun(fields: school_rule)
function school_rule(name) end

--- gives the facts about a person or a school, and the result that is expected; only in files in tests/
---@param name string
---@return fun(fields: table)
function test(name) end

--- whether the condition holds; if it does not, the reason is shown
---@param condition any
---@param reason? string
---@return boolean
function given(condition, reason) end

--- the reason for given to show
---@param text string
---@return string
function otherwise(text) end

--- whether the date is more than this many months ago; false without a date. No other function uses today's date
---@param date? string
---@param months integer
---@return boolean
function older_than(date, months) end

--- units that give the need's competence at the required level, fewest credits first
---@param need need
---@return unit[]
function units_for(need) end

--- qualifications open today that give the need's competence, themselves or through one of their units
---@param need need
---@return qualification[]
function qualifications_for(need) end

--- qualifications open today that give more of the need's competence than the person has, also where that is less than required; of a need that is ending, also those that give as much
---@param need need
---@return qualification[]
function steps_for(need) end

--- offers for the need's competence that this person can still book: soonest first, then cheapest; at most 20
---@param need need
---@return offer[]
function offers_for(need) end

--- how much of a qualification the units held already cover
---@param qualification string
---@return combination
function combination(qualification) end

--- the results of this kind of development in the authority, counted once a day; nil if fewer than ten results are known
---@param kind string
---@return effect?
function effect(kind) end

--- whether the text begins with this
---@param text string
---@param start string
---@return boolean
function starts_with(text, start) end

--- whether the text contains exactly this
---@param text string
---@param part string
---@return boolean
function contains(text, part) end

--- a single unit; requires id or code
---@param fields development_fields
---@return development
function unit(fields) end

--- a course; requires id
---@param fields development_fields
---@return development
function course(fields) end

--- a qualification; requires id
---@param fields development_fields
---@return development
function qualification(fields) end

--- an apprenticeship; requires id
---@param fields development_fields
---@return development
function apprenticeship(fields) end

--- a status such as HLTA; requires id
---@param fields development_fields
---@return development
function status(fields) end

--- coaching by a colleague who has the skill
---@param fields development_fields
---@return development
function coaching(fields) end

--- mentoring by an experienced colleague
---@param fields development_fields
---@return development
function mentoring(fields) end

--- work shadowing
---@param fields development_fields
---@return development
function shadowing(fields) end

--- working with a buddy who does similar work
---@param fields development_fields
---@return development
function buddying(fields) end

--- colleagues observing one another
---@param fields development_fields
---@return development
function peer_observation(fields) end

--- a network of people in the same role
---@param fields development_fields
---@return development
function network(fields) end

--- a small project of the person's own
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

--- finding out the level: id is self-assessment (the default), review or observation
---@param fields development_fields
---@return development
function finding_out(fields) end

