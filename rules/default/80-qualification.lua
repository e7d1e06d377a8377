-- Several gaps that meet the guide's conditions: a whole qualification. Help from colleagues always comes first. The rule chooses the
-- qualification that covers the most gaps, and of those the one with the fewest credits. A qualification that is known to be open comes
-- before one whose status is unknown. The latter gets the lowest priority, because the guide requires that registration is open.

local AWARDS = { award = true, certificate = true, diploma = true }

-- The class of equivalences.csv that shows that somebody already has this level; a higher level in the same area also counts. Only
-- qualifications that can cover several gaps are listed.
local AREA = {
  ["SWIS2-AWD"] = "ta@2", ["STLS2-CERT"] = "ta@2", ["STL2-CERT-RQF"] = "ta@2",
  ["STLS3-AWD"] = "ta@3", ["STLS3-CERT"] = "ta@3", ["STLS3-DIP"] = "ta@3", ["STL3-CERT-RQF"] = "ta@3", ["STL3-DIP-RQF"] = "ta@3",
  ["EY2-DIP"] = "earlyyears@2", ["EYE3-DIP"] = "earlyyears@3",
}

-- The person already holds it, or holds another in its area at the same level or above, so it would add nothing.
local function is_behind(person, id) return person:holds(id) or (AREA[id] ~= nil and person:holds(AREA[id])) end

-- The needs that count as gaps when choosing a qualification. What a certificate shows already needs no award again.
local function is_gap(n)
  return n.rated and n.gap > 0 and n.purpose ~= "compliance" and n.differs ~= "certificate"
end

local function better(a, b)
  if b == nil then return true end
  if a.known ~= b.known then return a.known end
  if a.n ~= b.n then return a.n > b.n end
  if a.credit ~= b.credit then return a.credit < b.credit end
  return a.id < b.id
end

-- The open award that covers most of this person's gaps. It adds to what the person holds and is at level 3 or below.
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
  about   = "One qualification covers several of your gaps and gives you recognition for them",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = { "role", "growth" },
  needs   = "gap",
  when    = function(need, person, school)
    if not given(person.progression ~= "no", otherwise "you have said that you do not want to study for now") then return false end
    local reason = need.from == "new-role" or person.progression == "yes" or school:helpers(need) == 0
    if not given(reason, otherwise "a colleague in school can help, and that comes first") then return false end
    local best = best_for(person)
    return given(best ~= nil, otherwise "no open qualification covers three or more of your gaps")
       and given(best.covers[need.key], otherwise "the qualification that suits you best does not cover this gap")
  end,
  recommend = function(need, person, school)
    local best = best_for(person)
    local alone = school:helpers(need) == 0
    return qualification {
      id = best.id,
      priority = not best.known and 20 or alone and 53 or 48,
      because = "It covers " .. best.n .. " of your gaps in one go" .. (best.known and "" or "; first check that registration is still open"),
      not_in_house = alone and "nobody is available in your school now" or "you want to move on, and an award shows what you can do",
    }
  end,
}
