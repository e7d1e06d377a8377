-- pairs in a for at the top leaves nothing behind
-- expect: fires
local many = { a = { n = 0 }, b = { n = 0 }, c = { n = 0 } }
local found = {}
for key in pairs(many) do table.insert(found, key) end
local turn, each = pairs, ipairs
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    for i, key in each(found) do if key ~= found[i] then return false end end
    return #found == 3
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
