-- Several gaps and the guide's conditions: a whole qualification. It never stands before what colleagues can do, and the one that covers
-- most of the gaps is taken, with the fewest credits where two cover the same. One that is known to be open comes before any of which
-- nobody knows, and such a one stands behind everything else: registration is a condition of the guide.

local AWARDS = { award = true, certificate = true, diploma = true }

-- The class of equivalences.csv that shows that somebody is as far already; a higher level of the same area counts there. In each area
-- only what can cover several gaps is named.
local AREA = {
  ["SWIS2-AWD"] = "ta@2", ["STLS2-CERT"] = "ta@2", ["STL2-CERT-RQF"] = "ta@2",
  ["STLS3-AWD"] = "ta@3", ["STLS3-CERT"] = "ta@3", ["STLS3-DIP"] = "ta@3", ["STL3-CERT-RQF"] = "ta@3", ["STL3-DIP-RQF"] = "ta@3",
  ["EY2-DIP"] = "earlyyears@2", ["EYE3-DIP"] = "earlyyears@3",
}

-- It would lead nowhere new: held already, or one of its area at the same level or above.
local function is_behind(person, id) return person:holds(id) or (AREA[id] ~= nil and person:holds(AREA[id])) end

-- The gaps at work that a qualification is weighed against.
local function is_gap(n) return n.rated and n.gap > 0 and n.purpose ~= "compliance" end

local function better(a, b)
  if b == nil then return true end
  if a.known ~= b.known then return a.known end
  if a.n ~= b.n then return a.n > b.n end
  if a.credit ~= b.credit then return a.credit < b.credit end
  return a.id < b.id
end

-- The open award that covers most gaps of this person and is neither behind what is held nor far above the work that is asked for.
local function best_for(person)
  local by_id, best = {}, nil
  for _, n in ipairs(person:needs()) do
    if is_gap(n) then
      for _, q in ipairs(qualifications_for(n)) do
        if AWARDS[q.type] and q.level and q.level <= 3 then
          local seen = by_id[q.id]
          if not seen then
            seen = { id = q.id, n = 0, credit = q.credit or 999, known = q.open == "yes", covers = {} }
            by_id[q.id] = seen
          end
          seen.n = seen.n + 1
          seen.covers[n.key] = true
        end
      end
    end
  end
  for id, q in pairs(by_id) do
    if q.n >= 3 and not is_behind(person, id) and better(q, best) then best = q end
  end
  return best
end

rule "qualification-for-several-gaps" {
  about   = "One qualification covers several of your gaps and gives the recognition for it",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = { "role", "growth" },
  needs   = "gap",
  when    = function(need, person, school)
    if not given(person.progression ~= "no", otherwise "you have said that you do not want to study for now") then return false end
    local reason = need.from == "new-role" or person.progression == "yes" or school:helpers(need) == 0
    if not given(reason, otherwise "a colleague in school can help, and that comes first") then return false end
    local best = best_for(person)
    return given(best ~= nil, otherwise "no open qualification covers three of your gaps or more")
       and given(best.covers[need.key], otherwise "the qualification that suits you best does not cover this one")
  end,
  recommend = function(need, person, school)
    local best = best_for(person)
    local alone = school:helpers(need) == 0
    return qualification {
      id = best.id,
      priority = not best.known and 20 or alone and 53 or 48,
      because = "It covers " .. best.n .. " of your gaps in one go" .. (best.known and "" or "; ask first whether one can still register"),
      not_in_house = alone and "nobody is available here now" or "you want to move on, and an award shows what you can do",
    }
  end,
}
