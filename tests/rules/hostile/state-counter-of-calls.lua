-- a counter in a function made by a function
-- expect: fault is changed by a function
local function counter()
  local n = 0
  return function() n = n + 1 return n end
end
local count = counter()
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return count() == 1
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
