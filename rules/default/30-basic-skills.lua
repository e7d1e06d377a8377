-- The person's own English, mathematics and digital skills. These are offered in addition to other recommendations and never replace
-- them. The entry requirements of an award are part of that award's practicalities. One step at a time: Entry 3, then
-- level 1, then level 2. The course in a small group is in rules.csv.

local BASIC = { "X.ENGL", "X.MATH", "X.ITSK" }

-- What the highest award that the person holds gives.
local function shown(need, person)
  local most = 0
  for _, q in ipairs(steps_for(need)) do
    if q.gives > most and person:holds(q.id) then most = q.gives end
  end
  return most
end

-- The next step: of the awards that are known to be open, the lowest above what the person can do and has shown.
local function award_for(need, person)
  local best
  local most = shown(need, person)
  for _, q in ipairs(steps_for(need)) do
    local suits = q.open == "yes" and q.type == "award" and q.level and q.level <= 2 and q.gives > most
    if suits and (best == nil or q.gives < best.gives or (q.gives == best.gives and q.level < best.level)) then best = q end
  end
  return best
end

rule "basic-skills-qualification" {
  about  = "The next step in your own English, mathematics or digital skills; the certificate counts wherever these are asked for",
  source = "guide-2010/step-2",
  owner  = "needsd default rules",
  competences = BASIC,
  needs  = "gap",
  when   = function(need, person)
    return given(person.progression ~= "no", otherwise "you have said that you do not want to move on for now")
       and given(award_for(need, person) ~= nil, otherwise "no award for this is open for registration")
  end,
  recommend = function(need, person)
    local fields = { id = award_for(need, person).id, priority = 62 }
    fields.not_in_house = "only an awarding body can issue the certificate"
    return qualification(fields)
  end,
}
