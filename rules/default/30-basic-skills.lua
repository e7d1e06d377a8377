-- English, mathematics and digital skills of one's own. Offered beside everything else and never in its way: what an award itself
-- requires is for the practicalities of that award. The first steps are in rules.csv.

local BASIC = { "X.ENGL", "X.MATH", "X.ITSK" }

-- The lowest award known to be open that gives the level asked for.
local function award_for(need, person)
  local best
  for _, q in ipairs(qualifications_for(need)) do
    local suits = q.open == "yes" and q.type == "award" and q.level and q.level <= 2 and not person:holds(q.id)
    if suits and (best == nil or q.level < best.level) then best = q end
  end
  return best
end

rule "basic-skills-qualification" {
  about  = "A functional skills qualification closes a wider gap and counts wherever English or mathematics is asked for",
  source = "guide-2010/step-2",
  owner  = "needsd default rules",
  competences = BASIC,
  needs  = "gap",
  when   = function(need, person)
    return given(need.gap > 1, otherwise "the gap is one level, which needs no qualification")
       and given(person.progression ~= "no", otherwise "you have said that you do not want to move on for now")
       and given(award_for(need, person) ~= nil, otherwise "no award that gives this is open for registration")
  end,
  recommend = function(need, person)
    local fields = { id = award_for(need, person).id, priority = 60 }
    fields.not_in_house = "the certificate can only be had from an awarding body"
    return qualification(fields)
  end,
}
